import type { Logger } from 'pino'
import type { Log } from '../../adapters/log/log.ts'
import { type Pack, packOf } from '../../engine/burst.ts'
import { type Ballotable, ballotable } from '../../engine/polls/answer.ts'
import { knownLate } from '../../engine/polls/life.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { paperOf } from '../../engine/polls/receipts.ts'
import { RevokedMarks } from '../../engine/revoked-marks.ts'
import { wordJudge } from '../../engine/shows/word-lists.ts'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control, isPoll, isRevoked } from '../../protocol/records/control.ts'
import type { Revoked } from '../../protocol/revoked.ts'
import { filedAs, filedUnder } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import { type RecordReader, readRecords } from '../reader/reader.ts'
import { sha256 } from '../sha256.ts'
import type { Health } from '../supervision/supervisor.ts'

/** A show, prepared for use. */
export interface ShowView {
  show: Show
  pack: Pack
  /** Checks texts against the show's word lists. */
  judge: ReturnType<typeof wordJudge>
}

/** A poll, prepared for use. */
export interface PollView {
  poll: Poll
  ballotable: Ballotable
  /** The hash of what it asks. */
  paper: string
  /** It is not from the control log yet and may be undone: see `anticipate`, `learn`. */
  isAnticipated?: boolean
  /** The control log has it with other times: see `knownLate`. */
  isLate?: boolean
}

/**
 * How old the knowledge of producers' decisions may be where votes are judged. A quiet log answers twice a second. A decision takes
 * effect twice this long after it is made, so that its append may take as long.
 */
export const BEHIND_MS_MAX = 1_000

/** Every role's view of the shows and their polls, followed from the control log. The newest version of each wins. */
export class ShowDirectory {
  readonly #views = new Map<string, ShowView>()
  readonly #listeners = new Set<(view: ShowView) => void>()
  readonly #polls = new Map<string, Map<string, PollView>>()
  /** The newest version of each poll that the control log has, as every role knows it: see `knownLate`. */
  readonly #told = new Map<string, { poll: Poll; sinceMs: number }>()
  readonly #pollListeners = new Set<(view: PollView) => void>()
  readonly #revoked = new RevokedMarks()
  readonly #revokedListeners = new Set<(revoked: Revoked) => void>()
  readonly #lossListeners = new Set<() => void>()
  readonly #reader: RecordReader
  readonly #knownWithinMs: number | undefined
  #isReading = true

  /**
   * @param options.knownWithinMs How long after a change of a poll is in the log every role knows it: until then its votes do not
   * end. Default: only this process has roles, and knows it before.
   */
  constructor({
    log,
    logger,
    health,
    knownWithinMs,
  }: {
    log: Log
    logger: Logger
    health: Health
    knownWithinMs?: number
  }) {
    this.#knownWithinMs = knownWithinMs
    this.#reader = readRecords({
      log,
      codec: control,
      onLoss: () => {
        for (const listener of this.#lossListeners) listener()
      },
      handle: (batch) => {
        for (const { value, record } of batch) {
          if (isRevoked(value)) this.hearRevoked(value)
          else if (isPoll(value)) this.#hearTold(value, record.timestampMs)
          else this.#take(value)
        }
      },
      health: {
        ...health,
        working: () => {
          this.#isReading = true
          health.working()
        },
        waiting: (reason) => {
          this.#isReading = false
          health.waiting(reason)
        },
      },
      logger,
    })
  }

  /**
   * Resolves when everything now in the control log has been read: answering viewers earlier would deny that their show exists.
   */
  caughtUp(): Promise<void> {
    return this.#reader.caughtUp()
  }

  /**
   * Whether what producers have decided is known, up to a moment ago. Not so in a process that stood still, or that waits for the log's
   * answer, before anything says that it does.
   */
  isCurrent(): boolean {
    return this.#reader.behindMs() <= BEHIND_MS_MAX
  }

  /** Resolves once it is known again; never after `close`. */
  whenCurrent(): Promise<void> {
    return this.#reader.whenWithin(BEHIND_MS_MAX)
  }

  #take(show: Show): void {
    const known = this.#views.get(show.show)
    if (known !== undefined && known.show.version >= show.version) return
    const judge =
      known && isSame(known.show.wordLists, show.wordLists) ? known.judge : wordJudge(show.wordLists)
    const view = { show, pack: packOf(show), judge }
    this.#views.set(show.show, view)
    for (const listener of this.#listeners) listener(view)
  }

  #show(view: PollView): void {
    const { show, poll } = view.poll
    const polls = this.#polls.get(show) ?? new Map<string, PollView>()
    this.#polls.set(show, polls.set(poll, view))
    for (const listener of this.#pollListeners) listener(view)
  }

  /** The ids of all shows known now. */
  shows(): string[] {
    return [...this.#views.keys()]
  }

  has(show: string): boolean {
    return this.#views.has(show)
  }

  find(show: string): ShowView | undefined {
    return this.#views.get(show)
  }

  /** Whether a show that is unknown here does not exist: false while the control log cannot be read. */
  isInStep(): boolean {
    return this.#isReading
  }

  /** @throws RoarError unknown_show, catching_up */
  get(show: string): ShowView {
    const view = this.find(show)
    if (view === undefined)
      throw this.#missing('unknown_show', `there is no show ${JSON.stringify(show.slice(0, 32))}`)
    return view
  }

  #missing(code: ErrorCode, detail: string): RoarError {
    return this.isInStep()
      ? new RoarError(code, detail)
      : new RoarError('catching_up', 'the control log cannot be read at the moment', { retryAfterS: 1 })
  }

  /** The show whose current run is filed under this name; undefined: none. */
  filed(name: string): ShowView | undefined {
    const view = this.find(filedUnder(name).show)
    return view !== undefined && filedAs(view.show) === name ? view : undefined
  }

  /** Whether this name belongs to a wiped run. */
  isWiped(name: string): boolean {
    const { show, run } = filedUnder(name)
    return run < (this.find(show)?.show.run ?? 1)
  }

  /** A poll that exists: not a wiped one. */
  findPoll(show: string, poll: string): PollView | undefined {
    const view = this.#knownPoll(show, poll)
    return view?.poll.wiped === undefined ? view : undefined
  }

  #knownPoll(show: string, poll: string): PollView | undefined {
    return this.#polls.get(show)?.get(poll)
  }

  /** Whether the poll is sealed or wiped: then its counts are final. */
  isOver(show: string, poll: string): boolean {
    const known = this.#knownPoll(show, poll)?.poll
    return known?.sealed !== undefined || known?.wiped !== undefined
  }

  /** Whether the poll's voters can no longer be identified: it was forgotten, or wiped. */
  isForgotten(show: string, poll: string): boolean {
    const known = this.#knownPoll(show, poll)?.poll
    return known?.forgotten !== undefined || known?.wiped !== undefined
  }

  /** @throws RoarError unknown_show, unknown_poll, catching_up */
  poll(show: string, poll: string): PollView {
    this.get(show)
    const view = this.findPoll(show, poll)
    if (view === undefined) {
      throw this.#missing('unknown_poll', `the show has no poll ${JSON.stringify(poll.slice(0, 32))}`)
    }
    return view
  }

  /** The log has one order and one clock: each role makes the same of it, whenever it reads. */
  #hearTold(poll: Poll, takenMs: number): void {
    const name = pollName(poll.show, poll.poll)
    const before = this.#told.get(name)
    const { sinceMs } = before ?? { sinceMs: takenMs }
    const isRepeat = before !== undefined && before.poll.version >= poll.version
    const within = isRepeat ? Number.POSITIVE_INFINITY : this.#knownWithinMs
    const isAlone = before === undefined || within === undefined
    const known = isAlone ? poll : knownLate(poll, before.poll, { sinceMs, knownMs: takenMs + within })
    if (!isRepeat) this.#told.set(name, { poll: known, sinceMs })
    this.hear(known, { isLate: known !== poll })
  }

  /** Applies a poll from the store. */
  hear(poll: Poll, { isLate = false } = {}): void {
    const known = this.#knownPoll(poll.show, poll.poll)
    if (known !== undefined && known.poll.version >= poll.version) {
      // Another process may have written a different change under the version anticipated here.
      if (!known.isAnticipated || known.poll.version > poll.version) return
    }
    this.#show({ ...viewOf(poll), isLate })
  }

  /**
   * Applies a poll that was read from the store.
   * @returns whether the control log has it: its writer may have failed before appending it
   */
  learn(poll: Poll): boolean {
    const known = this.#knownPoll(poll.show, poll.poll)
    const version = known?.poll.version ?? -1
    if (version >= poll.version && !known?.isAnticipated) return true
    if (version <= poll.version) this.#show({ ...viewOf(poll), isAnticipated: true })
    return false
  }

  /** Applies a poll before it is stored. Returns a function that undoes it if storing fails; versions received meanwhile stay. */
  anticipate(poll: Poll): () => void {
    const before = this.#knownPoll(poll.show, poll.poll)
    if (before !== undefined && before.poll.version >= poll.version) return () => {}
    const view = { ...viewOf(poll), isAnticipated: true }
    this.#show(view)
    return () => {
      if (before !== undefined && this.#knownPoll(poll.show, poll.poll) === view) this.#show(before)
    }
  }

  /** A show's polls, oldest first, without wiped ones. */
  polls(show: string): PollView[] {
    return [...this.everyPoll(show)].filter(({ poll }) => poll.wiped === undefined)
  }

  /** The same, including wiped ones. */
  everyPoll(show: string): Iterable<PollView> {
    return this.#polls.get(show)?.values() ?? []
  }

  /** Whether the show has, or ever had, a poll of this id. */
  everHad(show: string, poll: string): boolean {
    return this.#knownPoll(show, poll) !== undefined
  }

  /** Calls back with every known poll, wiped ones too, and with each change. Returns the unsubscribe function. */
  followPolls(listener: (view: PollView) => void): () => void {
    for (const polls of this.#polls.values()) for (const view of polls.values()) listener(view)
    this.#pollListeners.add(listener)
    return () => this.#pollListeners.delete(listener)
  }

  /** Calls back with every known show, and with each change. Returns the unsubscribe function. */
  follow(listener: (view: ShowView) => void): () => void {
    for (const view of this.#views.values()) listener(view)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Applies a revoked token, even before it is read from the control log. */
  hearRevoked(revoked: Revoked): void {
    // By the clock that tokens' `exp` is compared with.
    if (!this.#revoked.take(revoked, Date.now())) return
    for (const listener of this.#revokedListeners) listener(revoked)
  }

  /** The revoked tokens, also those that have expired by this machine's clock, which may be ahead. */
  revoked(): Revoked[] {
    return this.#revoked.held()
  }

  /** Calls back with every revoked token, and with each further one. Returns the unsubscribe function. */
  followRevoked(listener: (revoked: Revoked) => void): () => void {
    for (const revoked of this.revoked()) listener(revoked)
    this.#revokedListeners.add(listener)
    return () => this.#revokedListeners.delete(listener)
  }

  /** Calls back when the control log has lost records: who starts from now on does not know them. Returns the unsubscribe function. */
  followLoss(listener: () => void): () => void {
    this.#lossListeners.add(listener)
    return () => this.#lossListeners.delete(listener)
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}

const viewOf = (poll: Poll): PollView => ({
  poll,
  ballotable: ballotable(poll),
  paper: paperOf(sha256, poll),
})

const isSame = (one: Show['wordLists'], other: Show['wordLists']): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
