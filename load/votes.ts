import type { Problem } from '../protocol/errors.ts'
import type { Receipt } from '../protocol/polls.ts'
import { sortedJson } from '../protocol/sorted-json.ts'
import type { Outcome } from './burst-sender.ts'
import { clockMs } from './clock.ts'
import { findShow } from './find-show.ts'
import { Histogram, type Summary } from './histogram.ts'
import { type Random, seededRandom } from './random.ts'
import type { Target } from './target.ts'
import { tokenSigner, type Voter, voterPlan } from './votes-plan.ts'
import { PollRun, type PollRunOptions } from './votes-poll.ts'
import { VoteSender } from './votes-sender.ts'
import { type Ending, type VotesVerdict, votesVerdict } from './votes-verdict.ts'

/** Each phone would have its own connection; here viewers share these. */
const CONNECTIONS = 1024
/** After this time a viewer without an answer stops retrying; the ballot may or may not be counted. */
const GIVE_UP_MS = 30_000
const RETRY_MS = { least: 50, most: 250 }
const TICK_MS = 1
const PROGRESS_MS = 1000
const TOKEN_TTL_S = 86_400

export interface VotesOptions extends PollRunOptions {
  /** Votes go to `url` and, in turn, to these; a retry goes to another server. */
  others?: string[]
  viewers: number
  /**
   * New viewers per second, whatever the server does; undefined: each connection sends its next vote when the last is answered.
   */
  rate: number | undefined
  seconds: number
  connections?: number
  /** Shares of viewers who vote twice, and whose first answer is lost. Default 0.1 each. */
  twiceShare?: number
  cutShare?: number
  /** How many receipts and proofs to verify. */
  proofs: number
}

export interface VotesProgress {
  elapsedS: number
  sent: number
  receipts: number
  waiting: number
  voteMs: Summary
}

export interface VotesResult {
  poll: string
  seed: number
  viewers: number
  receipts: number
  twice: number
  /** Of those who voted twice: how often another server did not have the first ballot yet, or had one before it. */
  slips: number
  cut: number
  /** Refused viewers, by code. */
  refused: Record<string, number>
  unanswered: number
  /** Requests repeated, by what came instead of an answer. */
  retries: Record<string, number>
  counted: number
  result: Record<string, number>
  ballots: number
  /** Receipts verified with their proofs. */
  proofs: number
  /** From a vote's scheduled time to its receipt; the other two are for viewers who asked again. */
  voteMs: Summary
  twiceMs: Summary
  cutMs: Summary
  /** From the first receipt to the last. */
  receiptsPerSecond: number
  lagMs: Summary
  verdict: VotesVerdict
}

export interface VotesWatch {
  progress?(progress: VotesProgress): void
  /** Called after each receipt, with the number so far. */
  receipt?(receipts: number): void
}

interface Ended extends Omit<Ending, 'receipt'> {
  /** Unparsed: a million of them are parsed one by one at the end. */
  body: string | undefined
}

/** Opens a poll, lets every viewer vote, seals it, and compares the counts with the receipts. @throws LoadError */
export async function runVotes(
  options: VotesOptions,
  watch: VotesWatch,
  stop: AbortSignal,
): Promise<VotesResult> {
  const { http, others } = await findShow(options)
  const poll = await PollRun.open(options)
  const crowd = new Crowd(options, {
    targets: [http, ...others],
    poll: poll.id,
    choices: poll.choices,
    watch,
  })
  try {
    await crowd.vote(stop)
  } finally {
    crowd.close()
  }
  const endings = crowd.endings()
  const expected = endings.filter(({ receipt }) => receipt !== undefined).length
  const { document, certificate } = await poll.finish(expected)
  const checked = await poll.verify(endings, certificate, options.proofs, seededRandom(options.seed))
  const verdict = votesVerdict({
    endings,
    document,
    certificate,
    found: [...crowd.found, ...checked.faults],
  })
  const { viewers: counted, result, ballots } = certificate.statement
  return {
    poll: poll.id,
    seed: options.seed,
    ...crowd.summary(),
    counted,
    result,
    ballots,
    proofs: checked.proofs,
    verdict,
  }
}

/** A vote request without its head, which depends on the server's address. */
type Request = (head: string) => string

/** All viewers: each votes once, whatever happens on the way. */
class Crowd {
  readonly found: string[] = []
  readonly #options: VotesOptions
  readonly #senders: VoteSender[]
  readonly #nextVoter: () => Voter
  readonly #watch: VotesWatch
  readonly #requestHeads: string[]
  readonly #token: (viewer: string) => string
  /** Retries draw from their own generator: the seed does not determine how many there are. */
  readonly #retryRandom: Random
  readonly #arrivals: Random
  readonly #ended: Ended[] = []
  readonly #refused = new Map<string, number>()
  readonly #retries = new Map<string, number>()
  readonly #voteMs = new Histogram()
  readonly #twiceMs = new Histogram()
  readonly #cutMs = new Histogram()
  readonly #lagMs = new Histogram()
  #sent = 0
  #open = 0
  #receipts = 0
  #twice = 0
  #slips = 0
  #cut = 0
  #firstReceiptMs = 0
  #lastReceiptMs = 0

  constructor(
    options: VotesOptions,
    {
      targets,
      poll,
      choices,
      watch,
    }: { targets: Target[]; poll: string; choices: string[]; watch: VotesWatch },
  ) {
    const { connections = CONNECTIONS, twiceShare = 0.1, cutShare = 0.1, secret, seed, show } = options
    this.#options = options
    this.#watch = watch
    const connectionsMax = Math.ceil(connections / targets.length)
    this.#senders = targets.map((target) => new VoteSender({ target, connectionsMax, clock: clockMs }))
    this.#nextVoter = voterPlan({ run: poll, choices, twiceShare, cutShare, random: seededRandom(seed) })
    this.#arrivals = seededRandom(seed + 1)
    this.#retryRandom = seededRandom(seed + 2)
    const sign = tokenSigner(secret)
    const exp = Math.floor(Date.now() / 1000) + TOKEN_TTL_S
    this.#token = (sub) => sign({ sub, exp })
    this.#requestHeads = targets.map(({ host }) =>
      [
        `POST /v1/shows/${show}/polls/${poll}/votes HTTP/1.1`,
        `Host: ${host}`,
        'Content-Type: application/json',
        'Authorization: Bearer ',
      ].join('\r\n'),
    )
  }

  async vote(stop: AbortSignal): Promise<void> {
    const startMs = clockMs()
    const report = setInterval(() => this.#watch.progress?.(this.#progress(startMs)), PROGRESS_MS)
    try {
      if (this.#options.rate === undefined) await this.#closedLoop(startMs, stop)
      else await this.#openLoop(startMs, this.#options.rate, stop)
      // Every viewer gives up eventually.
      while (this.#open > 0) await Bun.sleep(5)
    } finally {
      clearInterval(report)
    }
    this.#watch.progress?.(this.#progress(startMs))
  }

  close(): void {
    for (const sender of this.#senders) sender.close()
  }

  /** Open loop: viewers arrive at random moments, without waiting for each other's answers. */
  async #openLoop(startMs: number, rate: number, stop: AbortSignal): Promise<void> {
    let dueMs = startMs
    const comes = () => {
      dueMs += (-Math.log(1 - this.#arrivals()) * 1000) / rate
    }
    comes()
    const { viewers, seconds } = this.#options
    const endMs = startMs + 1000 * seconds
    while (this.#sent < viewers && dueMs < endMs && !stop.aborted) {
      for (const nowMs = clockMs(); dueMs <= nowMs && this.#sent < viewers; comes()) {
        this.#lagMs.add(nowMs - dueMs)
        void this.#voter(dueMs)
      }
      await Bun.sleep(TICK_MS)
    }
  }

  async #closedLoop(startMs: number, stop: AbortSignal): Promise<void> {
    const { viewers, seconds, connections = CONNECTIONS } = this.#options
    const endMs = startMs + 1000 * seconds
    const caller = async (): Promise<void> => {
      while (this.#sent < viewers && clockMs() < endMs && !stop.aborted) await this.#voter(clockMs())
    }
    await Promise.all(Array.from({ length: connections }, caller))
  }

  async #voter(dueMs: number): Promise<void> {
    this.#sent++
    this.#open++
    const voter = this.#nextVoter()
    const request = this.#requestOf(voter)
    const door = this.#sent
    const cutMs = voter.kind === 'cut' ? voter.cutMs : undefined
    if (voter.kind === 'cut') this.#cut++
    const { body, status, mayCount, attempts } = await this.#untilAnswered(request, door, dueMs, cutMs)
    this.#ended.push({ choice: voter.choice, body, mayCount })
    if (body !== undefined) {
      this.#receipt()
      const histogram = voter.kind === 'cut' ? this.#cutMs : this.#voteMs
      histogram.add(clockMs() - dueMs)
      if (status === 200 && attempts === 1)
        this.found.push(`${voter.viewer} had never voted, and was answered 200 as if it had.`)
      if (voter.kind === 'twice') await this.#again(voter, request, door + attempts, body)
    }
    this.#open--
  }

  async #again(voter: Voter, request: Request, door: number, first: string): Promise<void> {
    this.#twice++
    const startMs = clockMs()
    const { body, status } = await this.#untilAnswered(request, door, startMs)
    this.#twiceMs.add(clockMs() - startMs)
    if (body === undefined) this.found.push(`${voter.viewer} asked again for its receipt and got none.`)
    else if (saidOf(body) === saidOf(first) && status === 200) return
    // Another server may not have received the first ballot yet, or may have one before it whose answer was lost.
    else if (this.#senders.length > 1) this.#slips++
    else if (status !== 200)
      this.found.push(`${voter.viewer} voted twice, and was answered ${status} the second time.`)
    else this.found.push(`${voter.viewer} voted twice, and the second receipt is not the first.`)
  }

  /** Retries as a viewer's outbox does: the same request until there is an answer. */
  async #untilAnswered(
    request: Request,
    door: number,
    dueMs: number,
    cutMs?: number,
  ): Promise<{ body: string | undefined; status: number; mayCount: boolean; attempts: number }> {
    let mayCount = false
    for (let attempts = 1; ; attempts++) {
      const outcome = await this.#ask(request, door + attempts, attempts === 1 ? cutMs : undefined)
      if (outcome.kind !== 'answered') {
        mayCount ||= outcome.kind === 'unanswered'
        count(this.#retries, outcome.fault)
      } else {
        const { status, body } = outcome.answer
        if (status === 200 || status === 201) return { body, status, mayCount: true, attempts }
        const { code } = JSON.parse(body) as Problem
        if (status !== 429 && status < 500) {
          count(this.#refused, code)
          return { body: undefined, status, mayCount, attempts }
        }
        // A log that did not confirm in time may have the ballot all the same.
        mayCount ||= status >= 500
        count(this.#retries, code)
      }
      if (clockMs() > dueMs + GIVE_UP_MS) return { body: undefined, status: 0, mayCount, attempts }
      if (outcome.kind === 'answered' || cutMs === undefined || attempts > 1)
        await Bun.sleep(RETRY_MS.least + this.#retryRandom() * (RETRY_MS.most - RETRY_MS.least))
    }
  }

  /** @param door Selects the server, modulo their number. */
  #ask(requestTo: Request, door: number, cutMs: number | undefined): Promise<Outcome> {
    const server = door % this.#senders.length
    const request = requestTo(this.#requestHeads[server]!)
    return new Promise((done) => {
      this.#senders[server]!.send(cutMs === undefined ? { request, done } : { request, cutMs, done })
    })
  }

  #requestOf({ viewer, choice }: Voter): Request {
    // Ids are ASCII, so a character is a byte.
    const body = `{"choice":"${choice}"}`
    const rest = `${this.#token(viewer)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    return (head) => head + rest
  }

  #receipt(): void {
    this.#lastReceiptMs = clockMs()
    if (this.#receipts === 0) this.#firstReceiptMs = this.#lastReceiptMs
    this.#receipts++
    this.#watch.receipt?.(this.#receipts)
  }

  #progress(startMs: number): VotesProgress {
    return {
      elapsedS: (clockMs() - startMs) / 1000,
      sent: this.#sent,
      receipts: this.#receipts,
      waiting: this.#open,
      voteMs: this.#voteMs.summary(),
    }
  }

  endings(): Ending[] {
    return this.#ended.map(({ choice, body, mayCount }) =>
      body === undefined ? { choice, mayCount } : { choice, mayCount, receipt: JSON.parse(body) as Receipt },
    )
  }

  summary() {
    const refused = Object.fromEntries(this.#refused)
    const refusals = [...this.#refused.values()].reduce((sum, times) => sum + times, 0)
    const spanMs = this.#lastReceiptMs - this.#firstReceiptMs
    return {
      viewers: this.#sent,
      receipts: this.#receipts,
      twice: this.#twice,
      slips: this.#slips,
      cut: this.#cut,
      refused,
      unanswered: this.#sent - this.#receipts - refusals,
      retries: Object.fromEntries(this.#retries),
      voteMs: this.#voteMs.summary(),
      twiceMs: this.#twiceMs.summary(),
      cutMs: this.#cutMs.summary(),
      lagMs: this.#lagMs.summary(),
      receiptsPerSecond: spanMs > 0 ? (1000 * this.#receipts) / spanMs : 0,
    }
  }
}

/** The content of a receipt without its proof: the same receipt may come with another signature. */
function saidOf(body: string): string {
  const { proof: _, ...said } = JSON.parse(body) as Receipt
  return sortedJson(said)
}

function count(times: Map<string, number>, what: string): void {
  times.set(what, (times.get(what) ?? 0) + 1)
}
