import { Database } from 'bun:sqlite'
import { RoarError } from '../../protocol/errors.ts'
import { ROOM_MS_MAX } from '../../protocol/limits.ts'
import type { Clock } from '../clock/clock.ts'
import { APPEND_TIMEOUT_MS } from '../log/append-timeout.ts'
import type {
  ConsumeOptions,
  HandleBatch,
  Log,
  LogReader,
  LogRecord,
  LogState,
  LogTopic,
  Place,
  StoredRecord,
} from '../log/log.ts'
import { PartitionReader } from '../log/partition-reader.ts'
import { within } from '../within.ts'
import { FileThread } from './file-thread.ts'
import { encodeRows, type Group } from './log-group.ts'
import { topicsIn } from './log-tables.ts'
import type { ThreadOptions } from './log-thread.ts'
import { SqliteTopic } from './log-topic.ts'
import { stillThere } from './still-there.ts'
import { LOG_THREAD } from './thread-code.ts'

/** Records that wait for the commit in progress: one more is refused. A commit takes milliseconds, so this is seconds. */
const WAITING_RECORDS_MAX = 100_000
/** How often a log that is down is probed, and with how many bytes: as many as a full batch of ballots may need. */
const PROBE_MS = 250
const PROBE_BYTES = 2 ** 19
/** A day longer than a room lives. */
const ROOMS_KEPT_MS = ROOM_MS_MAX + 86_400_000
/** Longer than a show and its follow-up. */
const HELD_KEPT_MS = 7 * 86_400_000

interface Waiting {
  topic: LogTopic
  records: LogRecord[]
  resolve: (places: Place[]) => void
  reject: (cause: RoarError) => void
}

type SavedPlace = Group['places'][number]

interface SqliteLogOptions {
  clock: Clock
  /** Topics that only keep the newest record of each key. Default: `tallies` and `held`. */
  compacted?: LogTopic[]
  /**
   * Minimum retention of a topic's records, in milliseconds. Default: forever, except `rooms`, slightly longer than a room lives,
   * and `held`, a week.
   */
  keptMs?: Partial<Record<LogTopic, number>>
}

/**
 * A durable log in one SQLite file: WAL and `synchronous=FULL`, so an append that resolved survives the end of the
 * machine. One partition a topic. A thread commits, so the event loop never waits for the disk; whatever is appended while a commit is
 * in progress joins the next one, so its cost is shared by all who wait for it.
 *
 * ```
 * append ─▶ waiting ─▶ one group at a time ─▶ the thread: one transaction ─▶ committed ─▶ places, readers
 *              │               │                                        └▶ not: refused, with all that waits ─▶ down
 *              │               └─ no answer in 5 s: refused, with all that waits ─▶ down until there is one
 *              └─ too many: refused
 * ```
 *
 * While it is `down`, which it also is if the file was moved or the thread died, appends are refused at once, and it is probed
 * every 250 ms.
 */
export class SqliteLog implements Log {
  readonly #clock: Clock
  readonly #topics = new Map<LogTopic, SqliteTopic>()
  readonly #listeners = new Set<(state: LogState, cause?: RoarError) => void>()
  readonly #dirtyPlaces = new Map<string, SavedPlace>()
  readonly #whyGone: () => string | undefined
  /** Commits a group; its answer is why it could not, or null. */
  readonly #writer: FileThread<Group, string | null>
  /** Read-only. */
  readonly #db: Database
  #waiting: Waiting[] = []
  #waitingRecords = 0
  /** Settles when the group in progress, or the probe, is answered; never rejects. */
  #inHand: Promise<void> | undefined
  /** The group in progress was refused, but is not answered yet. */
  #isLate = false
  #scheduled = false
  #newestMs = 0
  #state: LogState = 'up'
  #closed = false
  #cancelProbe = () => {}

  /** @throws when the file cannot be opened. */
  constructor(
    file: string,
    {
      clock,
      compacted = ['tallies', 'held'],
      keptMs = { rooms: ROOMS_KEPT_MS, held: HELD_KEPT_MS },
    }: SqliteLogOptions,
  ) {
    this.#clock = clock
    this.#db = open(file)
    this.#whyGone = stillThere(file)
    this.#writer = new FileThread(LOG_THREAD, { file, compacted, keptMs } satisfies ThreadOptions)
    this.#writer.start()
    this.#recover()
  }

  /** Continues from the file's contents. */
  #recover(): void {
    for (const name of topicsIn(this.#db))
      this.#newestMs = Math.max(this.#newestMs, this.#topic(name).recover())
  }

  /** A thread that died may have written what was refused. If the file cannot be read, the probe will notice. */
  #recoverIfReadable(): void {
    try {
      this.#recover()
    } catch {
      return
    }
  }

  #topic(name: LogTopic): SqliteTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new SqliteTopic(this.#db, name, (group, offset) =>
        this.#dirtyPlaces.set(`${name}/${group}`, { topic: name, group, offset }),
      )
      this.#topics.set(name, topic)
    }
    return topic
  }

  append(topic: LogTopic, records: LogRecord[]): Promise<Place[]> {
    if (this.#closed || this.#state === 'down') {
      return Promise.reject(new RoarError('log_unavailable', 'the log is closed or cannot be written'))
    }
    if (this.#waitingRecords + records.length > WAITING_RECORDS_MAX) {
      return Promise.reject(new RoarError('log_unavailable', 'too many records are waiting to be written'))
    }
    if (records.length === 0) return Promise.resolve([])
    this.#waitingRecords += records.length
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic, records, resolve, reject })
      this.#sendSoon()
    })
  }

  /** Appends of one turn of the event loop go together. */
  #sendSoon(): void {
    if (this.#scheduled || this.#inHand !== undefined || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  /** Sends everything that waits as one group. */
  #send(): void {
    if (this.#inHand !== undefined || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingRecords = 0
    this.#take(this.#write(waiting))
  }

  /** One at a time; whatever waits is sent afterwards. */
  #take(work: Promise<void>): void {
    this.#inHand = work.then(() => {
      this.#inHand = undefined
      this.#sendSoon()
    })
  }

  async #write(waiting: Waiting[]): Promise<void> {
    const late = setTimeout(() => {
      this.#isLate = true
      this.#refuse(waiting, `the disk did not answer within ${APPEND_TIMEOUT_MS} ms`)
    }, APPEND_TIMEOUT_MS)
    let stored: StoredRecord[][]
    try {
      this.#newestMs = Math.max(this.#newestMs, this.#clock.now())
      stored = this.#placed(waiting)
      await this.#commit({
        appends: waiting.map(({ topic, records }, i) => ({
          topic,
          offset: stored[i]![0]!.offset,
          count: records.length,
        })),
        rows: encodeRows(waiting.flatMap(({ records }) => records)),
      })
    } catch (cause) {
      this.#recoverIfReadable()
      this.#refuse(waiting, (cause as Error).message, cause)
      this.#probeLater()
      return
    } finally {
      clearTimeout(late)
      this.#isLate = false
    }
    for (const [i, { topic, resolve }] of waiting.entries()) {
      this.#topic(topic).keep(stored[i]!)
      resolve(stored[i]!)
    }
    this.#switchTo('up')
    for (const topic of new Set(waiting.map(({ topic }) => topic))) this.#topic(topic).wake()
  }

  /** The records in the form in which they will be read once committed. */
  #placed(waiting: Waiting[]): StoredRecord[][] {
    const ends = new Map<LogTopic, number>()
    const timestampMs = this.#newestMs
    return waiting.map(({ topic, records }) => {
      const first = ends.get(topic) ?? this.#topic(topic).end
      ends.set(topic, first + records.length)
      // The newest are read from memory, with their traces.
      return records.map(({ key, value, trace }, i) => {
        const stored = { key, value, partition: 0, offset: first + i, timestampMs }
        return trace === undefined ? stored : { ...stored, trace }
      })
    })
  }

  /**
   * Commits, together with the readers' offsets.
   * @throws when it is not committed, or the file is no longer at its path
   */
  async #commit({
    appends = [],
    probeBytes = 0,
    rows = new ArrayBuffer(0),
  }: Partial<Pick<Group, 'appends' | 'probeBytes' | 'rows'>>): Promise<void> {
    const gone = this.#whyGone()
    if (gone !== undefined) throw new Error(gone)
    const places = [...this.#dirtyPlaces]
    this.#dirtyPlaces.clear()
    try {
      const fault = await this.#writer.ask(
        {
          ...{ appends, probeBytes, rows },
          timestampMs: this.#newestMs,
          places: places.map(([, place]) => place),
        },
        [rows],
      )
      if (fault !== null) throw new Error(fault)
    } catch (cause) {
      for (const [name, place] of places) if (!this.#dirtyPlaces.has(name)) this.#dirtyPlaces.set(name, place)
      throw cause
    }
  }

  /** Refuses these, and all that wait behind them. */
  #refuse(inHand: Waiting[], reason: string, cause?: unknown): void {
    const refusal = unwritable(reason, cause)
    const refused = [...inHand, ...this.#waiting]
    this.#waiting = []
    this.#waitingRecords = 0
    this.#switchTo('down', refusal)
    for (const { reject } of refused) reject(refusal)
  }

  #probeLater(): void {
    if (this.#closed) return
    this.#cancelProbe = this.#clock.after(PROBE_MS, () => this.#take(this.#probe()))
  }

  async #probe(): Promise<void> {
    try {
      await this.#commit({ probeBytes: PROBE_BYTES })
      this.#recover()
    } catch {
      // Still down: its state says so already.
      this.#probeLater()
      return
    }
    this.#switchTo('up')
    for (const topic of this.#topics.values()) topic.wake()
  }

  consume(topic: LogTopic, handle: HandleBatch, options: ConsumeOptions = {}): LogReader {
    return new PartitionReader({
      ...options,
      topic,
      partition: this.#topic(topic),
      clock: this.#clock,
      handle,
    })
  }

  async read(
    topic: LogTopic,
    { offset }: { partition: number; offset: number },
    count: number,
  ): Promise<StoredRecord[]> {
    return this.#topic(topic).read(offset, count)
  }

  async ends(topic: LogTopic): Promise<number[]> {
    // It may still be written.
    if (this.#isLate)
      throw new RoarError(
        'log_unavailable',
        'writes that were refused because the disk was slow have not ended yet',
      )
    return [this.#topic(topic).end]
  }

  state(): LogState {
    return this.#state
  }

  onState(listener: (state: LogState, cause?: RoarError) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #switchTo(state: LogState, cause?: RoarError): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state, cause)
  }

  /** Commits what waits first. @throws RoarError log_unavailable when the readers' offsets cannot be saved */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelProbe()
    while (this.#inHand !== undefined || this.#waiting.length > 0) {
      this.#send()
      if (!(await this.#answered())) break
    }
    await Promise.all(
      [...this.#topics.values()].flatMap(({ readers }) => [...readers].map((reader) => reader.close())),
    )
    try {
      if (this.#dirtyPlaces.size > 0) await this.#saveLastPlaces()
    } finally {
      // Before the thread's connection, which is then the last: it checkpoints and removes the WAL.
      this.#db.close()
      await this.#writer.close()
      this.#switchTo('down')
    }
  }

  /** Whether the thread answers the group in progress within the time limit of an append; otherwise it is refused already. */
  #answered(): Promise<boolean> {
    return within(
      APPEND_TIMEOUT_MS,
      this.#inHand!.then(() => true),
    ).catch(() => false)
  }

  async #saveLastPlaces(): Promise<void> {
    try {
      if (this.#inHand !== undefined) throw new Error('the disk does not answer')
      await within(APPEND_TIMEOUT_MS, this.#commit({}))
    } catch (cause) {
      throw unwritable((cause as Error).message, cause)
    }
  }
}

const unwritable = (reason: string, cause: unknown): RoarError =>
  new RoarError('log_unavailable', `the log cannot be written: ${reason}`, { cause })

function open(file: string): Database {
  const db = new Database(file, { create: true, strict: true })
  try {
    // A process that reads the file, such as an audit or a backup, may hold its lock while it opens or closes it.
    db.run('PRAGMA busy_timeout = 5000')
    // Fewer and larger writes for appends of hundreds of records. Only effective for a new file.
    db.run('PRAGMA page_size = 16384')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = FULL')
    db.run(
      'CREATE TABLE IF NOT EXISTS places (topic TEXT, reader TEXT, next INTEGER NOT NULL, PRIMARY KEY (topic, reader))',
    )
    db.run('CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, filler BLOB NOT NULL)')
    // A wait would stop the whole process, which serves from here on.
    db.run('PRAGMA busy_timeout = 0')
    // From now on only the thread writes.
    db.run('PRAGMA query_only = ON')
    return db
  } catch (cause) {
    db.close()
    throw cause
  }
}
