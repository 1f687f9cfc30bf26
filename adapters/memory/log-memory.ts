import { RoarError } from '../../protocol/errors.ts'
import type { Clock } from '../clock/clock.ts'
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
import { type Partition, PartitionReader } from '../log/partition-reader.ts'

/** A topic in memory: one partition that keeps the newest records. Offsets are dense. */
class MemoryTopic implements Partition {
  readonly id = crypto.randomUUID()
  readonly readers = new Set<PartitionReader>()
  readonly groups = new Map<string, number>()
  readonly #records: StoredRecord[] = []
  #end = 0

  get end(): number {
    return this.#end
  }

  get #oldest(): number {
    return this.#end - this.#records.length
  }

  store(record: LogRecord, timestampMs: number): Place {
    const place = { partition: 0, offset: this.#end++, timestampMs }
    this.#records.push({ ...record, ...place })
    return place
  }

  read(offset: number, count = Number.POSITIVE_INFINITY): StoredRecord[] {
    const from = Math.max(0, offset - this.#oldest)
    return this.#records.slice(from, from + count)
  }

  /**
   * Drops the oldest records to make room for `count` more within `recordsMax`. Returns false if a reader still needs them. An
   * append above the whole limit is accepted once nobody is behind: the limit is on what waits.
   */
  makeRoom(count: number, recordsMax: number): boolean {
    const excess = Math.min(this.#records.length, this.#records.length + count - recordsMax)
    if (excess <= 0) return true
    const slowest = Math.min(this.#end, ...[...this.readers].map(({ next }) => next))
    if (slowest - this.#oldest < excess) return false
    this.#records.splice(0, excess)
    return true
  }
}

interface MemoryLogOptions {
  clock: Clock
  /** The log's clock starts after this time, so that it does not go back at a restart. Default 0. */
  notBeforeMs?: number
  /**
   * How many records of a topic are kept, and how many may wait for the slowest reader. Beyond it, records that every reader has
   * handled are dropped first; while a reader is that far behind, appends are refused with `log_unavailable`, which slows the
   * writer down. A single larger append is accepted when nobody is behind. Default 10,000.
   */
  recordsMax?: number
  /** How long `close` of a reader keeps handling what the log holds; the rest is then lost, and reported. Default 10 s. */
  drainMs?: number
}

/** The log of a single process, as durable as the process: its readers keep what must outlive it. */
export class MemoryLog implements Log {
  readonly #clock: Clock
  readonly #recordsMax: number
  readonly #drainMs: number
  readonly #topics = new Map<LogTopic, MemoryTopic>()
  readonly #listeners = new Set<(state: LogState) => void>()
  #newestMs: number
  /** The elapsed time at that moment. A clock that is put right again jumps ahead, which is no time that passed. */
  #askedAtMs: number
  #state: LogState = 'up'

  constructor({ clock, notBeforeMs = 0, recordsMax = 10_000, drainMs = 10_000 }: MemoryLogOptions) {
    this.#clock = clock
    this.#newestMs = notBeforeMs
    this.#askedAtMs = clock.passedMs()
    this.#recordsMax = recordsMax
    this.#drainMs = drainMs
  }

  async append(topicName: LogTopic, records: LogRecord[]): Promise<Place[]> {
    if (this.#state === 'down') throw new RoarError('log_unavailable', 'the log is closed or switched off')
    const topic = this.#topic(topicName)
    if (!topic.makeRoom(records.length, this.#recordsMax)) {
      throw new RoarError('log_unavailable', `a reader of ${topicName} is ${this.#recordsMax} records behind`)
    }
    const places = records.map((record) => topic.store(record, this.#now()))
    for (const reader of topic.readers) reader.wake()
    return places
  }

  consume(topicName: LogTopic, handle: HandleBatch, options: ConsumeOptions = {}): LogReader {
    return new PartitionReader({
      ...options,
      topic: topicName,
      partition: this.#topic(topicName),
      clock: this.#clock,
      handle,
      drainMs: this.#drainMs,
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

  /**
   * Never goes back, and never stands still: if the clock was set back, or is behind the previous run's, the log's time continues
   * from where it was, at half speed until the clock catches up. Standing still would end no window.
   */
  #now(): number {
    const passedMs = this.#clock.passedMs()
    this.#newestMs = Math.max(this.#clock.now(), this.#newestMs + (passedMs - this.#askedAtMs) / 2)
    this.#askedAtMs = passedMs
    return Math.floor(this.#newestMs)
  }

  #topic(name: LogTopic): MemoryTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new MemoryTopic()
      this.#topics.set(name, topic)
    }
    return topic
  }

  state(): LogState {
    return this.#state
  }

  onState(listener: (state: LogState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Simulates an outage, or its end. */
  switchTo(state: LogState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }

  async close(): Promise<void> {
    this.switchTo('down')
    const readers = [...this.#topics.values()].flatMap((topic) => [...topic.readers])
    await Promise.all(readers.map((reader) => reader.close()))
  }
}
