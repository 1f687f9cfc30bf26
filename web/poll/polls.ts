import { type PollPacket, RoarError, type ShowDocument, type Status } from '../../sdk/src/index.ts'
import {
  type PollState,
  type Verdict,
  type VoteAnswer,
  type VoteEvent,
  votes,
} from '../../sdk/src/votes/index.ts'
import { adopt } from '../dom/adopt.ts'
import { languageOf } from '../dom/language.ts'
import { load } from '../load/load.ts'
import { enPolls } from '../words/en-polls.ts'
import type { Words } from '../words/words.ts'
import type { PollLog } from './log/poll-log.ts'
import css from './poll.css' with { type: 'text' }
import { PollCard } from './poll-card.ts'
import {
  CACHED_MS,
  choosePoll,
  doubted,
  isLater,
  type KnownPoll,
  Reconnects,
  wipedPolls,
  withDocument,
  withPacket,
} from './poll-view.ts'
import { refusal } from './poll-words.ts'
import { type Recounted, recountPoll } from './recount.ts'

/** All pages learn of a change at once, so each fetches the poll at a random moment within this time. */
const FETCH_MS_MAX = 2_000
/** How often voters request counts that only they may see: between this and twice this. */
const OWN_COUNTS_MS = 15_000

export interface PollsOptions {
  host: HTMLElement
  url: string
  show: string
  words: Words
  serverNow(): number
  /** The voter's current token; undefined if it is the one that the server refused. */
  token(refused?: string): string | undefined
  /** Ensures that there is one. Rejects with `RoarError`. */
  become(): Promise<void>
  /** The server has this viewer's vote. */
  onCounted?(poll: string): void
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
}

/** The polls of a show for one viewer: which one is on the card, its counts, the viewer's vote. */
export class Polls {
  readonly #options: PollsOptions
  readonly #votes: ReturnType<typeof votes>
  /** Loaded with the first head of a poll. */
  #log: PollLog | undefined
  #loading: Promise<PollLog | undefined> | undefined
  /** The newest packet of each poll, until the log's script has loaded. */
  readonly #unread = new Map<string, PollPacket>()
  readonly #card: PollCard
  readonly #known = new Map<string, KnownPoll>()
  readonly #events = new Map<string, VoteEvent>()
  readonly #fetches = new Map<string, ReturnType<typeof setTimeout>>()
  /** Polls whose documents this server refused: asked for again when there is news of them. */
  readonly #refused = new Set<string>()
  /** Polls that this page has seen open. */
  readonly #seen = new Set<string>()
  /** Polls whose vote the server confirmed to this page: what is stored here may be from another server. */
  readonly #confirmed = new Set<string>()
  /** The one chosen by the viewer: with Next, or by voting. */
  #chosen: string | undefined
  #shown: string | undefined
  /** The one that the viewer has begun to answer. */
  #begun: string | undefined
  #becoming: Promise<void> | undefined
  readonly #reconnects = new Reconnects()
  readonly #listening = new AbortController()

  /** Throws `TypeError` for an invalid show id. */
  constructor(options: PollsOptions) {
    this.#options = options
    const { host, url, show, words, serverNow, token } = options
    words.learn(enPolls)
    adopt(host, css)
    this.#votes = votes({ url, show, token })
    this.#votes.on((event) => this.#onVote(event))
    // Another page of this browser, the same viewer, has voted.
    addEventListener('storage', () => this.#render(), { signal: this.#listening.signal })
    this.#card = new PollCard({
      host,
      url,
      words,
      serverNow,
      onStart: (poll) => this.#start(poll),
      onVote: (poll, answer) => void this.#vote(poll, answer),
      onCheck: (poll) => this.#checkVote(poll),
      onRecount: (poll, onCounted, signal) => this.#recount(poll, onCounted, signal),
      onFold: (poll, folded) => this.#fold(poll, folded),
      onNext: () => this.#next(),
    })
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.#card.speak()
  }

  close(): void {
    this.#listening.abort()
    for (const fetching of this.#fetches.values()) clearTimeout(fetching)
    this.#votes.close()
    this.#log?.close()
    this.#card.close()
  }

  /** After a reconnect it may be another server at the same address. */
  onStatus(state: Status['state']): void {
    if (this.#reconnects.isBack(state)) this.#doubt()
  }

  #doubt(): void {
    this.#confirmed.clear()
    this.#refused.clear()
    for (const [poll, known] of this.#known) this.#known.set(poll, doubted(known))
    const current = this.#current()
    if (current?.document) this.#fetchSoon(current.poll, Math.random() * FETCH_MS_MAX)
  }

  /** The document has changed, so a poll may have. The document's own fetch was spread over time already. */
  onShow(document: ShowDocument): void {
    const { polls, language } = document
    for (const gone of wipedPolls(this.#known.keys(), document)) this.#known.delete(gone)
    this.#card.setLanguage(languageOf(language))
    for (const { poll, state } of polls) {
      if (!this.#known.has(poll)) {
        this.#known.set(poll, { poll, state, ballots: 0 })
        // Its packet may come after this document, and then says nothing new.
        if (state === 'open') this.#opened()
      }
      if (state === 'open') this.#seen.add(poll)
    }
    const current = this.#current()
    if (current) this.#fetchSoon(current.poll, 0)
    this.#render()
  }

  onPacket(packet: PollPacket): void {
    if (packet.head !== undefined) this.#toLog(packet)
    const before = this.#known.get(packet.poll)
    const known = withPacket(before, packet)
    this.#known.set(packet.poll, known)
    const changed = before?.state !== known.state
    if (changed) this.#refused.delete(packet.poll)
    if (known.state === 'open') this.#seen.add(packet.poll)
    if (changed && known.state === 'open') this.#opened()
    if (changed && this.#current()?.poll === packet.poll) {
      this.#fetchSoon(packet.poll, Math.random() * FETCH_MS_MAX)
    }
    this.#render()
  }

  /** A poll that opens takes the card, unless the viewer has begun to answer another. */
  #opened(): void {
    const begun = this.#begun === undefined ? undefined : this.#known.get(this.#begun)
    const answering = begun?.state === 'open' && !this.#hasVoted(begun.poll)
    this.#chosen = answering ? begun.poll : undefined
  }

  /** A viewer who begins to answer will vote soon: get the token now, in case the server is unreachable at that moment. */
  #start(poll: string): void {
    this.#begun = poll
    this.#become().catch(() => {
      // Retried with the vote, which then reports the error.
    })
  }

  /** One request at a time: a second token would be a second voter. */
  #become(): Promise<void> {
    this.#becoming ??= this.#options.become().finally(() => {
      this.#becoming = undefined
    })
    return this.#becoming
  }

  #fetchSoon(poll: string, ms: number): void {
    if (this.#listening.signal.aborted) return
    this.#refused.delete(poll)
    clearTimeout(this.#fetches.get(poll))
    // What is in doubt must not come from a cache that has it of the server before.
    const waitMs = this.#known.get(poll)?.doubt ? CACHED_MS + ms : ms
    this.#fetches.set(
      poll,
      setTimeout(() => void this.#fetch(poll), waitMs),
    )
  }

  async #fetch(poll: string): Promise<void> {
    const known = this.#known.get(poll)
    // Wiped meanwhile.
    if (known === undefined) return
    const { receipt } = this.#votes.own(poll)
    const isOpen = receipt !== undefined && known.state === 'open'
    const repeats = isOpen && known.document?.visibility === 'voted'
    const mine = repeats || (isOpen && !this.#confirmed.has(poll))
    try {
      const document = await this.#votes.poll(poll, { mine })
      if (!this.#known.has(poll)) return
      if (mine) this.#confirmed.add(poll)
      const newest = withDocument(this.#known.get(poll), document)
      this.#known.set(poll, newest)
      // A cache returned the document of an earlier state, which lacks, for example, the right answer.
      if (isLater(newest.state, document.state)) this.#fetchSoon(poll, FETCH_MS_MAX * (1 + Math.random()))
      else if (repeats) this.#fetchSoon(poll, OWN_COUNTS_MS * (1 + Math.random()))
      else this.#fetches.delete(poll)
    } catch (cause) {
      // Gone for good, or retried a little later: until then the card keeps what it had.
      const { retryable, code } = cause as Partial<RoarError>
      const doubt = code === 'unknown_poll' ? this.#known.get(poll)?.doubt : undefined
      // This server has no such poll. One that it makes later is new.
      if (doubt === 'unheard') this.#known.delete(poll)
      if (doubt === 'heard' || retryable) this.#fetchSoon(poll, OWN_COUNTS_MS * Math.random())
      // The token, and so the receipt, is from another server: here this browser has not voted.
      else if (mine && code === 'unauthorized') this.#fetchSoon(poll, 0)
      else {
        this.#fetches.delete(poll)
        this.#refused.add(poll)
      }
    }
    this.#render()
  }

  /** Counts that only voters may see are fetched after the vote. */
  #fetchOwn(poll: string): void {
    const { visibility, state } = this.#known.get(poll)?.document ?? {}
    if (visibility === 'voted' && state === 'open') this.#fetchSoon(poll, 0)
  }

  async #vote(poll: string, answer: VoteAnswer): Promise<void> {
    // The card stays with this poll, even if another awaits a vote.
    this.#chosen = poll
    try {
      await this.#become()
    } catch (cause) {
      this.#card.refuse(refusal(cause instanceof RoarError ? cause.code : ''))
      return
    }
    this.#votes.vote(poll, answer).catch(() => {
      // The outcome arrives as an event, as for a vote from before a reload.
    })
    this.#render()
  }

  #onVote(event: VoteEvent): void {
    const { poll } = event
    this.#events.set(poll, event)
    if (event.state === 'counted') {
      this.#confirmed.add(poll)
      this.#fetchOwn(poll)
      this.#options.onCounted?.(poll)
    }
    if (event.state === 'refused') {
      if (event.error.code === 'already_voted') void this.#fetchMine(poll)
    }
    this.#render()
  }

  /** Another page of this viewer has voted: fetches the receipt, which has the answer. */
  async #fetchMine(poll: string): Promise<void> {
    try {
      await this.#votes.poll(poll, { mine: true })
    } catch {
      // The card shows that there is a vote; its answer is fetched at the next visit.
    }
    this.#render()
  }

  /** Checks the vote, and that its ballot is in the public log. A log that cannot be reached says nothing about the vote. */
  async #checkVote(poll: string): Promise<Verdict> {
    const verdict = await this.#votes.check(poll)
    if ('receipt' in verdict) {
      const { receipt } = verdict
      void this.#loadLog().then((log) => log?.check(poll, receipt).catch(() => {}))
    }
    return verdict
  }

  #toLog(packet: PollPacket): void {
    if (this.#log) this.#log.packet(packet)
    else {
      this.#unread.set(packet.poll, packet)
      void this.#loadLog()
    }
  }

  #loadLog(): Promise<PollLog | undefined> {
    this.#loading ??= this.#fetchLog()
    return this.#loading
  }

  async #fetchLog(): Promise<PollLog | undefined> {
    const { url, show, words } = this.#options
    const { signal } = this.#listening
    const loaded = await load<typeof import('./log/poll-log.ts')>(`${url}/poll-log.js`, { signal })
    if (!loaded) return undefined
    this.#log = new loaded.PollLog({ url, show }, words, () => this.#render())
    for (const packet of this.#unread.values()) this.#log.packet(packet)
    this.#unread.clear()
    return this.#log
  }

  #list(): KnownPoll[] {
    return [...this.#known.values()].filter(({ state }) => state !== 'draft')
  }

  #current(): KnownPoll | undefined {
    const polls = this.#list()
    const chosen = polls.find(({ poll }) => poll === this.#chosen)
    if (chosen) return chosen
    return choosePoll(polls, ({ poll }) => this.#hasVoted(poll))
  }

  #hasVoted(poll: string): boolean {
    const { pending, receipt } = this.#votes.own(poll)
    return (pending ?? receipt) !== undefined
  }

  async #recount(
    poll: string,
    onCounted: (counted: number) => void,
    signal: AbortSignal,
  ): Promise<Recounted> {
    const sealed = await this.#votes.certificate(poll)
    if (!sealed) return { state: 'none', code: 'not_sealed' }
    if (sealed.signed === undefined) return { state: 'none', code: 'unable' }
    if (!sealed.signed) return { state: 'other', faults: ['certificate'] }
    return recountPoll({ url: this.#options.url, certificate: sealed.certificate, onCounted, signal })
  }

  #next(): void {
    const polls = this.#list()
    const at = polls.findIndex(({ poll }) => poll === this.#shown)
    this.#chosen = polls[(at + 1) % polls.length]!.poll
    this.#fetchSoon(this.#chosen, 0)
    this.#render()
  }

  #render(): void {
    if (this.#listening.signal.aborted) return
    const current = this.#current()
    const isMissing = !current?.document || current.doubt !== undefined
    if (current && isMissing && !this.#fetches.has(current.poll) && !this.#refused.has(current.poll))
      this.#fetchSoon(current.poll, 0)
    if (!current?.document) {
      this.#card.hide()
      return
    }
    const { poll, document } = current
    this.#shown = poll
    const event = this.#events.get(poll)
    const log = this.#log?.words(poll)
    if (current.state === 'sealed') this.#log?.sealed(poll)
    this.#card.show(
      { ...current, document, ...this.#votes.own(poll), ...(event && { event }), ...(log && { log }) },
      { folded: this.#isFolded(current), others: this.#list().length - 1 },
    )
  }

  /**
   * Folded if the viewer folded it, until voting turns into a result. Folded by default only if the poll ended before the viewer
   * came, without a vote of theirs.
   */
  #isFolded({ poll, state }: KnownPoll): boolean {
    const said = this.#options.kept(this.#foldKey(poll, state))
    return said === undefined ? !this.#seen.has(poll) && !this.#hasVoted(poll) : said === 'yes'
  }

  #fold(poll: string, folded: boolean): void {
    this.#options.keep(this.#foldKey(poll, this.#known.get(poll)!.state), folded ? 'yes' : 'no')
    this.#render()
  }

  #foldKey(poll: string, state: PollState): string {
    const phase = state === 'open' || state === 'closed' ? 'vote' : 'result'
    return `poll.${this.#options.show}/${poll}.${phase}`
  }
}
