import type { Database, Statement } from 'bun:sqlite'
import { RoarError } from '../../protocol/errors.ts'
import type { LogTopic, StoredRecord } from '../log/log.ts'
import type { Partition, PartitionReader } from '../log/partition-reader.ts'
import { tableOf } from './log-tables.ts'

/** Records handed to a reader at once. */
const READ_MAX = 1000
/** Records read from the file at once: with what their readers do, some 2 ms of the event loop. At a start there are millions. */
const READ_STORED_MAX = 250
/**
 * Newest records of a topic that are handed to its readers from memory: a full batch of ballots, as readers are seldom further behind.
 * The garbage collector walks over all of them again whenever one is added.
 */
const TAIL_MAX = 1024

/** One topic as its readers see it: what is committed, and nothing else. */
export class SqliteTopic implements Partition {
  /** One file has one of each, for as long as there is the file. */
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

  /** Goes on from what the file has, where nobody knows what of it was written last. @returns when its newest record was appended; 0: never */
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
    this.#end = records.at(-1)!.offset + 1
    this.#tail.push(...records)
    if (this.#tail.length > 2 * TAIL_MAX) this.#tail = this.#tail.slice(-TAIL_MAX)
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

  /** The file may have more than is confirmed by now. @throws RoarError log_unavailable, where reading it again may succeed. */
  #stored(offset: number, count: number): Row[] {
    try {
      // The table is there once it has a record.
      this.#select ??= this.#db.prepare(
        `SELECT place, at, name, value FROM ${tableOf(this.#name)} WHERE place >= ? AND place < ? ORDER BY place LIMIT ?`,
      )
      return this.#select.all(offset, this.#end, count) as Row[]
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

/** What reading again does not mend. */
const DAMAGED = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])
