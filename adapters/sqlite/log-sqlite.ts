import { Database, type Statement } from 'bun:sqlite'
import { RoarError } from '../../protocol/errors.ts'
import { ROOM_MS_MAX } from '../../protocol/limits.ts'
import type { Clock } from '../clock/clock.ts'
import type {
  ConsumeOptions,
  Log,
  LogReader,
  LogRecord,
  LogState,
  LogTopic,
  Place,
  StoredRecord,
} from '../log/log.ts'
import { type Partition, PartitionReader } from '../log/partition-reader.ts'
import { stillThere } from './still-there.ts'

/** Records handed to a reader at once. */
const READ_MAX = 1000
/** Records read from the file at once: with what their readers do, some 2 ms of the event loop. At a start there are millions. */
const READ_STORED_MAX = 250
/** Newest records of a topic that are handed to its readers from memory. */
const TAIL_MAX = 4096
/** Appends that wait for the commit in hand: one more is refused. A commit takes milliseconds, so this is seconds. */
const WAITING_RECORDS_MAX = 100_000
/** How often a log that is down is tried, and with how much: as much as a full batch of ballots may need. */
const PROBE_MS = 250
const PROBE_BYTES = 2 ** 19
/** Records of a topic that does not keep all, after which those that it does not are deleted; and with the first after a start. */
const CLEAN_AFTER = 20_000
/** Longer than a room lives, by a day. */
const ROOMS_KEPT_MS = ROOM_MS_MAX + 86_400_000
/** Longer than a show, and than what is looked at after it. */
const HELD_KEPT_MS = 7 * 86_400_000

interface Waiting {
  topic: SqliteTopic
  records: LogRecord[]
  resolve: (places: Place[]) => void
  reject: (cause: unknown) => void
}

interface SqliteLogOptions {
  clock: Clock
  /** Topics of which only the newest record of each key is kept. Default: `tallies` and `held`. */
  compacted?: LogTopic[]
  /**
   * How long records of a topic are kept at least, in milliseconds. Default: for ever, but `rooms` for longer than a room lives,
   * and `held` for a week.
   */
  keptMs?: Partial<Record<LogTopic, number>>
}

/**
 * A durable log in one SQLite file: WAL and `synchronous=FULL`, so an append that resolved survives the end of the
 * machine. One partition a topic. Appends of one turn of the event loop are committed together: what a commit costs is
 * shared by all who wait for it.
 *
 * When a commit fails, or the file is not where it was, the log is `down`: appends are refused at once, and it is tried again
 * every 250 ms.
 */
export class SqliteLog implements Log {
  readonly #file: string
  readonly #clock: Clock
  readonly #compacted: ReadonlySet<LogTopic>
  readonly #keptMs: Partial<Record<LogTopic, number>>
  readonly #topics = new Map<LogTopic, SqliteTopic>()
  readonly #listeners = new Set<(state: LogState, cause?: RoarError) => void>()
  readonly #dirtyPlaces = new Map<string, { topic: LogTopic; group: string; offset: number }>()
  readonly #whyGone: () => string | undefined
  #db: Database
  #savePlace: Statement
  #waiting: Waiting[] = []
  #waitingRecords = 0
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
    this.#file = file
    this.#clock = clock
    this.#compacted = new Set(compacted)
    this.#keptMs = keptMs
    ;[this.#db, this.#savePlace] = this.#open()
    this.#whyGone = stillThere(file)
    for (const name of tablesOf(this.#db)) this.#topic(name)
  }

  #open(): [Database, Statement] {
    const db = new Database(this.#file, { create: true, strict: true })
    // Fewer and larger writes for what is appended in hundreds of records. Only a new file takes it.
    db.run('PRAGMA page_size = 16384')
    db.run('PRAGMA journal_mode = WAL')
    // The WAL is copied at 4 MB, as with the pages of before: all of it at once, so no more than takes a moment.
    db.run('PRAGMA wal_autocheckpoint = 256')
    db.run('PRAGMA synchronous = FULL')
    promiseDurability(db)
    db.run('PRAGMA busy_timeout = 0')
    db.run(
      'CREATE TABLE IF NOT EXISTS places (topic TEXT, reader TEXT, next INTEGER NOT NULL, PRIMARY KEY (topic, reader))',
    )
    db.run('CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, filler BLOB NOT NULL)')
    return [
      db,
      db.prepare(
        'INSERT INTO places VALUES (?, ?, ?) ON CONFLICT (topic, reader) DO UPDATE SET next = excluded.next',
      ),
    ]
  }

  #topic(name: LogTopic): SqliteTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new SqliteTopic(this.#db, name, {
        compacted: this.#compacted.has(name),
        keptMs: this.#keptMs[name],
        remember: (group, offset) =>
          this.#dirtyPlaces.set(`${name}/${group}`, { topic: name, group, offset }),
      })
      this.#newestMs = Math.max(this.#newestMs, topic.newestMs())
      this.#topics.set(name, topic)
    }
    return topic
  }

  append(topicName: LogTopic, records: LogRecord[]): Promise<Place[]> {
    if (this.#closed || this.#state === 'down') {
      return Promise.reject(new RoarError('log_unavailable', 'the log is closed or cannot be written'))
    }
    if (this.#waitingRecords + records.length > WAITING_RECORDS_MAX) {
      return Promise.reject(new RoarError('log_unavailable', 'too many records are waiting to be written'))
    }
    if (records.length === 0) return Promise.resolve([])
    this.#waitingRecords += records.length
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => this.#commit())
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic: this.#topic(topicName), records, resolve, reject })
    })
  }

  /** One transaction for everything that waits. */
  #commit(): void {
    this.#scheduled = false
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#waitingRecords = 0
    let stored: StoredRecord[][]
    try {
      this.#newestMs = Math.max(this.#newestMs, this.#clock.now())
      this.#begin()
      stored = waiting.map(({ topic, records }) => topic.insert(records, this.#newestMs))
      this.#writePlaces()
      this.#db.run('COMMIT')
    } catch (cause) {
      this.#fail(cause, waiting)
      return
    }
    for (const [i, { topic, resolve }] of waiting.entries()) {
      topic.keep(stored[i]!)
      resolve(stored[i]!)
    }
    for (const topic of new Set(waiting.map(({ topic }) => topic))) topic.wake()
  }

  /** @throws when the file cannot be written, or whoever opens it next would not find what is written */
  #begin(): void {
    const gone = this.#whyGone()
    if (gone !== undefined) throw new Error(gone)
    this.#db.run('BEGIN IMMEDIATE')
  }

  #writePlaces(): void {
    for (const { topic, group, offset } of this.#dirtyPlaces.values())
      this.#savePlace.run(topic, group, offset)
    this.#dirtyPlaces.clear()
  }

  #fail(cause: unknown, waiting: Waiting[]): void {
    for (const { topic } of waiting) topic.forget()
    if (this.#db.inTransaction) this.#db.run('ROLLBACK')
    const reason = (cause as Error).message
    const refusal = new RoarError('log_unavailable', `the log cannot be written: ${reason}`, { cause })
    this.#switchTo('down', refusal)
    for (const { reject } of waiting) reject(refusal)
    this.#probeLater()
  }

  #probeLater(): void {
    this.#cancelProbe = this.#clock.after(PROBE_MS, () => {
      try {
        this.#begin()
        this.#writePlaces()
        // A commit of nothing succeeds on a full disk too.
        this.#db.run('INSERT OR REPLACE INTO probe VALUES (0, randomblob(?))', [PROBE_BYTES])
        this.#db.run('COMMIT')
      } catch {
        // Still down: its state says so already.
        if (this.#db.inTransaction) this.#db.run('ROLLBACK')
        this.#probeLater()
        return
      }
      this.#switchTo('up')
      for (const topic of this.#topics.values()) topic.wake()
    })
  }

  consume(
    topic: LogTopic,
    handle: (batch: StoredRecord[]) => Promise<void> | void,
    options: ConsumeOptions = {},
  ): LogReader {
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

  async close(): Promise<void> {
    if (this.#closed) return
    this.#commit()
    this.#closed = true
    this.#cancelProbe()
    await Promise.all(
      [...this.#topics.values()].flatMap(({ readers }) => [...readers].map((reader) => reader.close())),
    )
    try {
      this.#writePlaces()
    } finally {
      // Statements of the topics go with it.
      this.#db.close()
      this.#switchTo('down')
    }
  }
}

/** One topic: a table whose row id is the offset. */
class SqliteTopic implements Partition {
  readonly readers = new Set<PartitionReader>()
  readonly groups = new Map<string, number>()
  readonly remember: (group: string, offset: number) => void
  readonly #insert: Statement
  readonly #select: Statement
  readonly #newest: Statement
  /** Deletes what nobody needs any more, given until when records are too old. */
  readonly #clean: ((oldMs: number) => void) | undefined
  readonly #keptMs: number
  #end: number
  #uncommittedEnd: number
  #tail: StoredRecord[] = []
  #untilClean = 0

  constructor(
    db: Database,
    name: LogTopic,
    {
      compacted,
      keptMs = Number.POSITIVE_INFINITY,
      remember,
    }: {
      compacted: boolean
      keptMs: number | undefined
      remember: (group: string, offset: number) => void
    },
  ) {
    const table = `log_${name.replaceAll('-', '_')}`
    db.run(
      `CREATE TABLE IF NOT EXISTS ${table} (place INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT, value BLOB NOT NULL) STRICT`,
    )
    this.remember = remember
    this.#insert = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?)`)
    this.#select = db.prepare(
      `SELECT place, at, name, value FROM ${table} WHERE place >= ? ORDER BY place LIMIT ?`,
    )
    this.#newest = db.prepare(`SELECT place, at FROM ${table} ORDER BY place DESC LIMIT 1`)
    this.#keptMs = keptMs
    const compact =
      compacted &&
      db.prepare(`DELETE FROM ${table} WHERE place NOT IN (SELECT MAX(place) FROM ${table} GROUP BY name)`)
    const drop = Number.isFinite(keptMs) && db.prepare(`DELETE FROM ${table} WHERE at < ?`)
    if (compact || drop)
      this.#clean = (oldMs) => {
        if (drop) drop.run(oldMs)
        if (compact) compact.run()
      }
    const newest = this.#newest.get() as { place: number; at: number } | null
    this.#end = newest === null ? 0 : newest.place + 1
    this.#uncommittedEnd = this.#end
    for (const { reader, next } of db.query('SELECT reader, next FROM places WHERE topic = ?').all(name) as {
      reader: string
      next: number
    }[])
      this.groups.set(reader, next)
  }

  get end(): number {
    return this.#end
  }

  newestMs(): number {
    return (this.#newest.get() as { at: number } | null)?.at ?? 0
  }

  /** Within the caller's transaction; `keep` follows when it was committed, `forget` when it was not. */
  insert(records: LogRecord[], timestampMs: number): StoredRecord[] {
    this.#cleanSometimes(records.length, timestampMs)
    return records.map(({ key, value, trace }) => {
      const offset = this.#uncommittedEnd++
      this.#insert.run(offset, timestampMs, key, value)
      // The newest are read from memory, and with it what whoever counts them now may want to know.
      return { key, value, partition: 0, offset, timestampMs, ...(trace && { trace }) }
    })
  }

  #cleanSometimes(records: number, now: number): void {
    this.#untilClean -= records
    if (this.#untilClean >= 0) return
    this.#clean?.(now - this.#keptMs)
    this.#untilClean = CLEAN_AFTER
  }

  keep(records: StoredRecord[]): void {
    this.#end = records.at(-1)!.offset + 1
    this.#tail.push(...records)
    if (this.#tail.length > 2 * TAIL_MAX) this.#tail = this.#tail.slice(-TAIL_MAX)
  }

  forget(): void {
    this.#uncommittedEnd = this.#end
  }

  read(offset: number, count = READ_MAX): StoredRecord[] {
    const oldest = this.#tail[0]?.offset ?? this.#end
    // What is in memory is dense: what is deleted was committed before it.
    if (offset >= oldest) return this.#tail.slice(offset - oldest, offset - oldest + count)
    return this.#stored(offset, Math.min(count, READ_STORED_MAX)).map(({ place, at, name, value }) => ({
      key: name,
      value,
      partition: 0,
      offset: place,
      timestampMs: at,
    }))
  }

  /** @throws RoarError log_unavailable, where reading it again may succeed. */
  #stored(offset: number, count: number): Row[] {
    try {
      return this.#select.all(offset, count) as Row[]
    } catch (cause) {
      if (DAMAGED.has((cause as { code?: string }).code ?? '')) throw cause
      throw new RoarError('log_unavailable', `the log cannot be read: ${(cause as Error).message}`, { cause })
    }
  }

  wake(): void {
    for (const reader of this.readers) reader.wake()
  }
}

interface Row {
  place: number
  at: number
  name: string | null
  value: Uint8Array
}

/** As SQLite numbers it: 0 is OFF, 1 is NORMAL, which in a WAL loses what was committed last when the machine ends. */
const FULL = 2

/** Receipts promise that a ballot is on the disk. @throws where a commit of this connection is not. */
function promiseDurability(db: Database): void {
  const { synchronous } = db.query('PRAGMA synchronous').get() as { synchronous: number }
  if (synchronous !== FULL) throw new Error(`SQLite commits with synchronous=${synchronous}, not ${FULL}`)
}

/** What reading again does not mend. */
const DAMAGED = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])

/** Topics that the file has already. */
const tablesOf = (db: Database): LogTopic[] =>
  (
    db.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'log_%'").all() as {
      name: string
    }[]
  ).map(({ name }) => name.slice(4).replaceAll('_', '-') as LogTopic)
