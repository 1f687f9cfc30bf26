import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { within } from '../../adapters/within.ts'
import type { KnownVoters } from '../../engine/polls/known-voters.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { type FrameHead, ROWS_MAX, rowsOf, VoterRows } from '../../engine/polls/voter-frames.ts'
import { parseVoter, sextetOf, WORDS } from '../../engine/polls/voter-table.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { ballotAt, recordId } from '../polls/ballot-at.ts'
import { VoterChain } from './voter-chain.ts'

/** How often new voters are written, in milliseconds. After a crash this much of the log is read again. */
const EVERY_MS = 1_000
/** After a failure, such as a full disk, it is retried after this time. */
const RETRY_MS = 60_000
/** How long the end waits for the disk, in milliseconds. */
const CLOSE_MS = 5_000
/** Batches that wait to be written: a million voters. Beyond it they are dropped, and the whole file is rewritten. */
const WAITING_MAX = 64
/** The fewest appended rows after which the file is rewritten. */
const APPENDED_MIN = 2 ** 20
/** Appended rows, as a share of the others, after which it is. They take five times as long to read, and growing tables for them more. */
const APPENDED_SHARE = 1 / 8

/** What was read from the log since the previous batch, up to `next`. */
interface Batch {
  polls: Map<string, VoterRows>
  rows: number
  next: number
  /** The record before `next`. */
  last: Uint8Array
}

/**
 * Keeps the voters in a file beside a log of one partition, so that a start need not read the log from its beginning. All of it can be
 * read from the log, too: whatever is missing, truncated, damaged, or from another log is ignored.
 *
 * ```
 * read from the log ─▶ batch ─▶ appended, each second
 *                              └ once that is an eighth more ─▶ all tables into a new file ─▶ replaces the old
 * ```
 * Both run while votes are accepted, a millisecond of work at a time. A rewritten file, in the order of the tables, is read several
 * times as fast as appended rows.
 */
export class VotersFile {
  readonly #path: string
  readonly #voters: KnownVoters
  readonly #log: Log
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #appendedMin: number
  readonly #closeMs: number
  readonly #isForgotten: (show: string, poll: string) => boolean
  readonly #key = new Uint32Array(WORDS)
  #chain: VoterChain | undefined
  /** The file lacks voters that the tables have: it must be rewritten. */
  #lacks = true
  #waiting: Batch[] = []
  #next = 0
  #last: Uint8Array = new Uint8Array(0)
  #takenMs = 0
  #cancel = () => {}
  #working: Promise<void> | undefined

  /**
   * @param options.appendedMin Default `APPENDED_MIN`. @param options.closeMs Default `CLOSE_MS`. @param options.isForgotten Polls
   * whose voters are not needed.
   */
  constructor(options: {
    path: string
    voters: KnownVoters
    log: Log
    clock: Clock
    logger: Logger
    appendedMin?: number
    closeMs?: number
    isForgotten: (show: string, poll: string) => boolean
  }) {
    this.#path = options.path
    this.#voters = options.voters
    this.#log = options.log
    this.#clock = options.clock
    this.#logger = options.logger
    this.#isForgotten = options.isForgotten
    this.#appendedMin = options.appendedMin ?? APPENDED_MIN
    this.#closeMs = options.closeMs ?? CLOSE_MS
  }

  /** Fills the tables. Returns the offset from which the log must be read: 0, with empty tables, if the file is useless. */
  load(): Promise<number> {
    const loading = this.#load()
    this.#working = loading.then(() => {})
    return loading
  }

  async #load(): Promise<number> {
    try {
      this.#chain = await VoterChain.open(this.#path)
      const isNeeded = (name: string) => !this.#isForgotten(...(name.split('/') as [string, string]))
      const head = await this.#chain?.read({
        reserve: (poll, slots) => isNeeded(poll) && this.#voters.reserve(poll, slots),
        rows: (poll, columns) => isNeeded(poll) && this.#voters.rememberRows(poll, columns),
      })
      if (head !== undefined && (await this.#isOfLog(head))) return head.next
    } catch (cause) {
      const why = (cause as Error).message
      this.#logger.warn(`the voters file cannot be read (${why}): reading the log from its start`)
    }
    this.#voters.clear()
    return 0
  }

  /** When the log took the last ballot that the loaded file covers; 0: it covers none. */
  get takenMs(): number {
    return this.#takenMs
  }

  /** Whether this is the log that the file was made from, and still has all of it. */
  async #isOfLog({ next, last }: FrameHead): Promise<boolean> {
    if (next === 0) return false
    const record = await ballotAt(this.#log, { partition: 0, offset: next - 1 })
    if (record === undefined || last !== recordId(record.value)) {
      this.#logger.warn('the voters file belongs to another log: reading the log from its start')
      return false
    }
    this.#next = next
    this.#last = record.value
    this.#takenMs = record.timestampMs
    this.#lacks = false
    return true
  }

  /** Records that the tables have this ballot, the next of the log. */
  learned({ show, poll, voter, ordinal }: Ballot, { offset, value }: StoredRecord): void {
    this.#next = offset + 1
    this.#last = value
    if (this.#lacks) return
    const batch = this.#batch()
    if (batch === undefined) return
    const name = pollName(show, poll)
    let rows = batch.polls.get(name)
    if (rows === undefined) {
      rows = new VoterRows()
      batch.polls.set(name, rows)
    }
    rows.push(sextetOf(voter), parseVoter(voter, this.#key), 0, ordinal, offset)
    batch.rows++
    batch.next = this.#next
    batch.last = value
  }

  /** A batch with room; undefined if too many wait. */
  #batch(): Batch | undefined {
    const newest = this.#waiting.at(-1)
    if (newest !== undefined && newest.rows < ROWS_MAX) return newest
    if (this.#waiting.length === WAITING_MAX) {
      this.#begin({ lacks: true })
      return undefined
    }
    const batch = { polls: new Map(), rows: 0, next: 0, last: this.#last }
    this.#waiting.push(batch)
    return batch
  }

  /** Drops waiting batches: their voters are in the tables. */
  #begin({ lacks }: { lacks: boolean }): void {
    this.#waiting = []
    this.#lacks = lacks
  }

  /** Starts to write, once the tables cover everything that was in the log. */
  start(): void {
    this.#tick(EVERY_MS)
  }

  #tick(afterMs: number): void {
    this.#cancel = this.#clock.after(afterMs, () => {
      this.#working = this.#write().then(
        () => this.#tick(EVERY_MS),
        (cause) => {
          const seconds = RETRY_MS / 1000
          const why = (cause as Error).message
          this.#logger.warn(`the voters file cannot be written, next attempt in ${seconds} s: ${why}`)
          this.#begin({ lacks: true })
          this.#tick(RETRY_MS)
        },
      )
    })
  }

  async #write(): Promise<void> {
    const { rows = 0, appended = 0 } = this.#chain ?? {}
    if (this.#lacks || appended > Math.max(this.#appendedMin, APPENDED_SHARE * (rows - appended)))
      await this.#writeAll()
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const { polls, next, last } = batch
      await this.#chain!.append({ polls, next, last: recordId(last) })
    }
  }

  /** Rewrites the file from the tables, up to now. Later ballots wait. */
  async #writeAll(): Promise<void> {
    const [next, last] = [this.#next, recordId(this.#last)]
    if (next === 0) return
    this.#begin({ lacks: false })
    const chain = await VoterChain.replace(this.#path, async (chain) => {
      for (const [poll, { tables }] of [...this.#voters.polls()])
        for (const rows of rowsOf(tables, next, APPENDED_SHARE))
          await chain.append({ polls: new Map([[poll, rows]]), next: 0, last: '' })
      await chain.append({ polls: new Map(), next, last })
    })
    await this.#chain?.close()
    this.#chain = chain
  }

  /** Writes what waits, and closes. A disk that does not answer is left: whatever is not written is read from the log. */
  async close(): Promise<void> {
    await within(this.#closeMs, this.#end()).catch(() => {})
  }

  async #end(): Promise<void> {
    this.#cancel()
    await this.#working
    this.#cancel()
    await this.#write().catch(() => {})
    await this.#chain?.close()
  }
}
