import type { PollLine, PostLine } from '../../protocol/recording.ts'
import { clockMs } from '../clock.ts'
import { findShow, LoadError, type Place } from '../find-show.ts'
import { seededRandom } from '../random.ts'
import { type LoadProgress, type LoadResult, run } from '../run.ts'
import { BALLOTS_MAX, ballotsOf } from './ballots.ts'
import { burstsOf } from './bursts.ts'
import { castFor, tapsOf } from './cast.ts'
import type { Recording } from './recording.ts'
import { type Fate, noFate, Requests } from './requests.ts'
import type { Stage } from './stage.ts'
import type { MakeViewer } from './viewers.ts'

export interface ReplayOptions {
  /** The target server, and the show there. */
  url: string
  show: string
  /** Playback speed, relative to the recording. */
  speed: number
  /** Viewers who listen and count. */
  viewers: number
  /** Taps per request. */
  burst: number
  seed: number
  settleSeconds: number
  /** Allows a show that is no rehearsal: what is played stays in it. */
  real: boolean
  /** Creates the viewers who post and vote. */
  makeViewer: MakeViewer
  /** Starts the show and opens its polls. If absent, votes go only to polls that are already open. */
  stage?: Stage
}

export interface ReplayProgress extends LoadProgress {
  posts: Fate
  votes: Fate
}

export interface ReplayResult {
  title: string
  load: LoadResult
  posts: Fate
  votes: Fate
  /** Ballots counted, over all polls played. */
  ballots: number
  /** What is wrong, worst first; empty: everything accepted was counted. */
  faults: string[]
  notes: string[]
}

/** Share of a poll's time in which votes are sent, so that the last ones are answered before it closes. */
const VOTES_SHARE = 0.9
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'June', 'Kai', 'Lena']
/** Viewers who take turns posting. */
const POSTERS = 48
const TALLY_EVERY_MS = 100

/**
 * Plays a recording into a show: taps in bursts, posts and votes by generated viewers, all through the calls that phones make,
 * and checks that what was accepted was counted. @throws LoadError when it cannot begin
 */
export async function replay(
  recording: Recording,
  options: ReplayOptions,
  { onProgress, stop }: { onProgress: (progress: ReplayProgress) => void; stop: AbortSignal },
): Promise<ReplayResult> {
  const place = await findShow(options)
  refuse(place, options)
  const { played, notes } = castFor(recording, place.show)
  const acts = new Acts(played, { place, options, stop })
  const { speed, burst, seed, viewers, url, show, settleSeconds } = options
  const seconds = Math.max(1, Math.ceil(played.ms / speed / 1000))
  try {
    await acts.prepare()
    const load = await run(
      {
        ...{ url, show, viewers, seconds, burst, seed, settleSeconds },
        ...{ rate: tapsOf(played.taps) / seconds, shape: 'steady', processes: 'auto' },
      },
      (progress) => onProgress({ ...progress, posts: acts.posts, votes: acts.votes }),
      (note) => notes.push(note),
      stop,
      {
        place,
        bursts: burstsOf(played.taps, { speed, burst, random: seededRandom(seed) }),
        onStart: () => acts.start(),
        ended: acts.ended,
      },
    )
    const { posts, votes, ballots } = acts
    const faults = [...load.verdict.faults, ...acts.faults()]
    return {
      ...{ title: played.title, load, posts, votes, ballots, faults },
      notes: [...notes, ...load.verdict.notes, ...acts.notes],
    }
  } finally {
    await acts.close()
  }
}

function refuse({ show }: Place, { real, show: id }: ReplayOptions): void {
  if (show.rehearsal !== true && !real)
    throw new LoadError(
      `${id} is not a rehearsal, so what is played cannot be wiped: pass --real to play it anyway`,
    )
  if (show.state === 'ended')
    throw new LoadError(`${id} has ended: reset the rehearsal with roar show wipe ${id}`)
}

/** Posts, votes and their polls. */
class Acts {
  readonly posts = noFate()
  readonly votes = noFate()
  readonly notes: string[] = []
  readonly #recording: Recording
  readonly #options: ReplayOptions
  readonly #stop: AbortSignal
  readonly #requests: Requests
  readonly #place: Place
  readonly #ended = Promise.withResolvers<void>()
  #playing: Promise<void>[] = []
  #closed = false
  #startMs = 0
  #ballots = 0

  constructor(
    recording: Recording,
    { place, options, stop }: { place: Place; options: ReplayOptions; stop: AbortSignal },
  ) {
    if (tapsOf(recording.votes) > BALLOTS_MAX)
      throw new LoadError(`it has more than ${BALLOTS_MAX} votes, each by a separate viewer`)
    this.#recording = recording
    this.#options = options
    this.#stop = stop
    this.#place = place
    this.#requests = new Requests(place.http)
    this.#ended.promise.catch(() => {})
  }

  /** Resolves when everything is done; rejects when the server refuses a studio call. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Accepted ballots that were counted. */
  get ballots(): number {
    return this.#ballots
  }

  async prepare(): Promise<void> {
    if (this.#place.show.state === 'scheduled') await this.#options.stage?.start()
    if (this.#options.stage === undefined && this.#recording.polls.length > 0)
      this.notes.push('Nobody is here to open polls: those that are open are voted in.')
  }

  start(): void {
    this.#startMs = clockMs()
    const { posts, polls } = this.#recording
    this.#playing = [this.#playPosts(posts), ...polls.map((poll) => this.#playPoll(poll))]
    Promise.all(this.#playing).then(
      () => this.#ended.resolve(),
      (cause) => this.#ended.reject(cause),
    )
  }

  faults(): string[] {
    const { accepted, unanswered } = this.votes
    if (this.#ballots >= accepted && this.#ballots <= accepted + unanswered) return []
    return [`${this.#ballots} ballots are counted, and ${accepted} were accepted.`]
  }

  /** Stops whatever is still playing, as after a failure. Resolves when the polls it opened are closed, if that was possible. */
  async close(): Promise<void> {
    this.#closed = true
    this.#requests.close()
    await Promise.allSettled(this.#playing)
  }

  /** Waits for this moment of the recording; resolves at once when stopped or closed. Returns whether to continue. */
  async #due(at: number): Promise<boolean> {
    for (;;) {
      const leftMs = this.#startMs + at / this.#options.speed - clockMs()
      if (this.#stop.aborted || this.#closed) return false
      if (leftMs <= 0) return true
      await Bun.sleep(Math.min(leftMs, 100))
    }
  }

  async #playPosts(posts: readonly PostLine[]): Promise<void> {
    const tokens: Promise<string>[] = []
    const sent: Promise<boolean>[] = []
    const path = `/v1/shows/${this.#options.show}/posts`
    for (const [i, { at, sticker, text }] of posts.entries()) {
      if (!(await this.#due(at))) break
      const poster = i % POSTERS
      tokens[poster] ??= this.#options.makeViewer(nameOf(poster), '')
      const token = await tokens[poster]!
      const body = { ...(sticker !== undefined && { sticker }), ...(text !== undefined && { text }) }
      sent.push(this.#requests.post(path, { token, body, fate: this.posts }))
    }
    await Promise.all(sent)
  }

  async #playPoll(line: PollLine): Promise<void> {
    if (!(await this.#due(line.at))) return
    const poll = await this.#opened(line)
    if (poll === undefined) return
    try {
      const before = await this.#counted(poll)
      const accepted = await this.#vote(line, poll)
      await this.#settled(poll, before + accepted)
      this.#ballots += (await this.#counted(poll)) - before
      await this.#due(line.closes)
    } finally {
      await this.#options.stage?.close(poll)
    }
  }

  /** Resolves to the number of accepted votes, once all are answered. */
  async #vote(line: PollLine, poll: string): Promise<number> {
    const votes = this.#recording.votes.filter((each) => each.poll === line.poll)
    const ballots = ballotsOf(line, votes, seededRandom(this.#options.seed + 1))
    const everyMs = (VOTES_SHARE * (line.closes - line.at)) / Math.max(1, ballots.length)
    const path = `/v1/shows/${this.#options.show}/polls/${poll}/votes`
    const sent: Promise<boolean>[] = []
    for (const [i, { segment, body }] of ballots.entries()) {
      if (!(await this.#due(line.at + i * everyMs))) break
      const token = await this.#options.makeViewer(nameOf(i), segment)
      sent.push(this.#requests.post(path, { token, body, fate: this.votes }))
    }
    return (await Promise.all(sent)).filter((isAccepted) => isAccepted).length
  }

  /** The poll's id in the show; undefined if there is none to vote in. */
  async #opened(line: PollLine): Promise<string | undefined> {
    if (this.#options.stage !== undefined) return this.#options.stage.open(line)
    const { show } = await findShow(this.#options)
    const known = show.polls.find(
      ({ poll, question, state }) => state === 'open' && (poll === line.poll || question === line.question),
    )
    if (known === undefined) this.notes.push(`The poll ${line.poll} is not open: nobody votes in it.`)
    return known?.poll
  }

  async #counted(poll: string): Promise<number> {
    if (this.#options.stage !== undefined) return this.#options.stage.ballots(poll)
    const { url, show } = this.#options
    const response = await fetch(new URL(`/v1/shows/${show}/polls/${poll}`, url))
    return ((await response.json()) as { ballots: number }).ballots
  }

  async #settled(poll: string, ballots: number): Promise<void> {
    const giveUpMs = clockMs() + this.#options.settleSeconds * 1000
    while (!this.#closed && (await this.#counted(poll)) < ballots && clockMs() < giveUpMs)
      await Bun.sleep(TALLY_EVERY_MS)
  }
}

const nameOf = (viewer: number): string =>
  `${NAMES[viewer % NAMES.length]} ${1 + Math.floor(viewer / NAMES.length)}`
