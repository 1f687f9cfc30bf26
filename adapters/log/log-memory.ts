import { RoarError } from '../../protocol/errors.ts'
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
} from './log.ts'

/** A topic in memory: one partition, the newest records kept. */
interface MemoryTopic {
  records: StoredRecord[]
  nextOffset: number
  readers: Set<MemoryReader>
  /** Places that groups remember: the offset to read next. */
  groups: Map<string, number>
}

interface MemoryLogOptions {
  clock: Clock
  /** The log's clock starts after this, so that it never falls over a restart. Default 0. */
  notBeforeMs?: number
  /**
   * How many records of a topic are kept, and how many may wait for the slowest reader. At the limit what every reader
   * has handled goes first; while a reader is that far behind, appends are refused with `log_unavailable`. Default 10,000.
   */
  recordsMax?: number
}

/** The log of a single process. Durable as long as the process: what must outlive it is kept by the readers. */
export class MemoryLog implements Log {
  readonly #clock: Clock
  readonly #recordsMax: number
  readonly #topics = new Map<LogTopic, MemoryTopic>()
  readonly #listeners = new Set<(state: LogState) => void>()
  #newestMs: number
  #state: LogState = 'up'

  constructor({ clock, notBeforeMs = 0, recordsMax = 10_000 }: MemoryLogOptions) {
    this.#clock = clock
    this.#newestMs = notBeforeMs
    this.#recordsMax = recordsMax
  }

  async append(topicName: LogTopic, records: LogRecord[]): Promise<Place[]> {
    if (this.#state === 'down') throw new RoarError('log_unavailable', 'the log is closed or switched off')
    const topic = this.#topic(topicName)
    this.#makeRoom(topicName, topic, records.length)
    const places = records.map((record) => this.#store(topic, record))
    for (const reader of topic.readers) reader.wake()
    return places
  }

  #store(topic: MemoryTopic, record: LogRecord): Place {
    this.#newestMs = Math.max(this.#newestMs, this.#clock.now())
    const place = { partition: 0, offset: topic.nextOffset++, timestampMs: this.#newestMs }
    topic.records.push({ ...record, ...place })
    return place
  }

  #makeRoom(name: LogTopic, topic: MemoryTopic, count: number): void {
    const excess = topic.records.length + count - this.#recordsMax
    if (excess <= 0) return
    let slowest = topic.nextOffset
    for (const reader of topic.readers) slowest = Math.min(slowest, reader.nextOffset)
    const handled = slowest - (topic.nextOffset - topic.records.length)
    if (handled < excess) {
      throw new RoarError('log_unavailable', `a reader of ${name} is ${this.#recordsMax} records behind`)
    }
    topic.records.splice(0, excess)
  }

  consume(
    topicName: LogTopic,
    handle: (batch: StoredRecord[]) => Promise<void> | void,
    { group, from = 'start', onFault }: ConsumeOptions & { onFault?: (cause: unknown) => void } = {},
  ): LogReader {
    const topic = this.#topic(topicName)
    const reader = new MemoryReader({ topic, handle, group, from, onFault })
    topic.readers.add(reader)
    reader.wake()
    return reader
  }

  async read(
    topicName: LogTopic,
    { offset }: { partition: number; offset: number },
    count: number,
  ): Promise<StoredRecord[]> {
    const { records } = this.#topic(topicName)
    // Offsets are dense here.
    const skipped = Math.max(0, offset - (records[0]?.offset ?? 0))
    return records.slice(skipped, skipped + count)
  }

  async ends(topicName: LogTopic): Promise<number[]> {
    return [this.#topic(topicName).nextOffset]
  }

  #topic(name: LogTopic): MemoryTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = { records: [], nextOffset: 0, readers: new Set(), groups: new Map() }
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

  /** Takes the log away, or brings it back, as an outage would. */
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

class MemoryReader implements LogReader {
  readonly ready = Promise.resolve()
  readonly #topic: MemoryTopic
  readonly #handle: (batch: StoredRecord[]) => Promise<void> | void
  readonly #group: string | undefined
  readonly #onFault: ((cause: unknown) => void) | undefined
  #running: Promise<void> | undefined
  #closed = false
  #faulty = false
  #ownNextOffset: number

  constructor(options: {
    topic: MemoryTopic
    handle: (batch: StoredRecord[]) => Promise<void> | void
    group: string | undefined
    from: 'start' | 'end'
    onFault: ((cause: unknown) => void) | undefined
  }) {
    this.#topic = options.topic
    this.#handle = options.handle
    this.#group = options.group
    this.#onFault = options.onFault
    const start = options.from === 'start' ? 0 : options.topic.nextOffset
    this.#ownNextOffset = start
    if (options.group !== undefined && !options.topic.groups.has(options.group)) this.nextOffset = start
  }

  /** The group's place, where there is a group: those who wait for their turn are not behind. */
  get nextOffset(): number {
    return this.#group === undefined ? this.#ownNextOffset : this.#topic.groups.get(this.#group)!
  }

  set nextOffset(offset: number) {
    if (this.#group === undefined) this.#ownNextOffset = offset
    else this.#topic.groups.set(this.#group, offset)
  }

  wake(): void {
    if (this.#closed || this.#running !== undefined || !this.#leads()) return
    if (this.nextOffset >= this.#topic.nextOffset) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      this.wake()
    })
  }

  /** With one partition, the first reader of a group has all of it and the others wait for it to leave. */
  #leads(): boolean {
    if (this.#group === undefined) return true
    for (const reader of this.#topic.readers) if (reader.#group === this.#group) return reader === this
    return false
  }

  async #run(): Promise<void> {
    while (!this.#faulty && this.nextOffset < this.#topic.nextOffset) {
      // Offsets are dense here, so the place of a record follows from the newest.
      const waiting = this.#topic.nextOffset - this.nextOffset
      const batch = this.#topic.records.slice(-waiting)
      try {
        if (batch.length > 0) await this.#handle(batch)
      } catch (cause) {
        this.#faulty = true
        this.#leave()
        this.#onFault?.(cause)
        return
      }
      this.nextOffset = (batch.at(-1)?.offset ?? this.#topic.nextOffset - 1) + 1
    }
  }

  #leave(): void {
    this.#closed = true
    this.#topic.readers.delete(this)
    for (const reader of this.#topic.readers) reader.wake()
  }

  /** Handles all that the log holds first: with this process the records go too. */
  async close(): Promise<void> {
    await this.#running
    this.#leave()
  }
}
