import type { Database, Statement } from 'bun:sqlite'
import { RoarError } from '../../protocol/errors.ts'
import type { LogTopic, StoredRecord } from '../log/log.ts'
import type { Partition, PartitionReader } from '../log/partition-reader.ts'
import { tableOf } from './log-tables.ts'

/** Records passed to a reader at once. */
const READ_MAX = 1000
/** Records read from the file at once: with their readers' work, some 2 ms of the event loop. A start reads millions. */
const READ_STORED_MAX = 250
/**
 * The most records of a topic kept in memory, for readers that have not read them, or with traces, which the file has not: a full
 * batch of ballots.
 */
const TAIL_MAX = 1024

/** One topic as its readers see it: only what is committed. */
export class SqliteTopic implements Partition {
  /** Unique for the file, as long as the file exists. */
  readonly id: string
  readonly readers = new Set<PartitionReader>()
  readonly groups = new Map<string, number>()
  readonly remember: (group: string, offset: number) => void
  readonly #db: Database
  readonly #name: LogTopic
  #select: Statement | undefined
  #end = 0
  #tail: StoredRecord[] = []

  constructor(db: Database, name: LogTopic, remember: (group: string, offset: number) => void) {
    this.#db = db
    this.#name = name
    this.id = name
    this.remember = remember
    for (const { reader, next } of db.query('SELECT reader, next FROM places WHERE topic = ?').all(name) as {
      reader: string
      next: number
    }[])
      this.groups.set(reader, next)
  }

  get end(): number {
    return this.#end
  }

  /**
   * Reads the end from the file, when it is unknown what was written last. @returns when its newest record was appended; 0: never
   */
  recover(): number {
    const newest = this.#db
      .query(`SELECT place, at FROM ${tableOf(this.#name)} ORDER BY place DESC LIMIT 1`)
      .get() as { place: number; at: number } | null
    if (newest === null) return 0
    if (newest.place + 1 !== this.#end) this.#tail = []
    this.#end = newest.place + 1
    return newest.at
  }

  keep(records: StoredRecord[]): void {
    let unread = this.#end
    for (const { next } of this.readers) unread = Math.min(unread, next)
    this.#end = records.at(-1)!.offset + 1
    const from = this.#tail.findIndex(({ offset, trace }) => offset >= unread || trace !== undefined)
    const kept = from === -1 ? [] : this.#tail.slice(from)
    this.#tail = [...kept, ...records].slice(-TAIL_MAX)
  }

  read(offset: number, count = READ_MAX): StoredRecord[] {
    const oldest = this.#tail[0]?.offset ?? this.#end
    // Memory is dense: records are only deleted after they were committed.
    if (offset >= oldest) return this.#tail.slice(offset - oldest, offset - oldest + count)
    return this.#stored(offset, Math.min(count, READ_STORED_MAX)).map(({ place, at, name, value }) => ({
      key: name,
      value,
      partition: 0,
      offset: place,
      timestampMs: at,
    }))
  }

  /**
   * The file may contain more than is confirmed. @throws RoarError log_unavailable: reading again may succeed, also where SQLite
   * calls the file damaged, as that is what it says of each read that its disk refuses (SQLITE_IOERR_CORRUPTFS, sqlite.org/rescode.html)
   */
  #stored(offset: number, count: number): Row[] {
    try {
      // The table exists once it has a record.
      this.#select ??= this.#db.prepare(
        `SELECT place, at, name, value FROM ${tableOf(this.#name)} WHERE place >= ? AND place < ? ORDER BY place LIMIT ?`,
      )
      return this.#select.all(offset, this.#end, count) as Row[]
    } catch (cause) {
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
