import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import { plural } from '../../protocol/plural.ts'
import type { Clock } from '../clock/clock.ts'
import type { ConsumeOptions, HandleBatch, LogReader, LogTopic, ReaderState, StoredRecord } from './log.ts'

/** One partition, as its readers see it. */
export interface Partition {
  /** See `LogReader.topicId`. */
  readonly id: string
  /** The next offset. */
  readonly end: number
  readonly readers: Set<PartitionReader>
  /** Committed offsets of groups: the next to read. */
  readonly groups: Map<string, number>
  /** Records from `offset`, as far as they are kept, limited by the owner. Empty: none. */
  read(offset: number): StoredRecord[]
  /** Commits a group's offset: everything before it is handled. */
  remember?(group: string, offset: number): void
}

interface PartitionReaderOptions extends ConsumeOptions {
  topic: LogTopic
  partition: Partition
  clock: Clock
  handle: HandleBatch
  /**
   * If records end with the process: `close` first handles everything in the partition, and gives up after this many milliseconds
   * without success. Default: it finishes the batch in progress, and the next reader handles the rest.
   */
  drainMs?: number
}

const RETRY: Backoff = { firstMs: 100, maxMs: 2000 }

/** Reads a log within this process: batches one at a time, woken by each append. Adds itself to the partition's readers. */
export class PartitionReader implements LogReader {
  readonly ready: Promise<void>
  readonly #options: PartitionReaderOptions
  readonly #partition: Partition
  readonly #ready = Promise.withResolvers<void>()
  /** Callers that wait until an offset is handled. */
  readonly #waiting = new Set<() => void>()
  /** The number of partitions last reported to this reader. */
  #share: number | undefined
  #running: Promise<void> | undefined
  #state: ReaderState | undefined
  #closed = false
  #wakeRetry = () => {}
  #ownNext: number
  /** How often it was rewound: a batch from before must not be committed. */
  #returns = 0

  constructor(options: PartitionReaderOptions) {
    const { partition, group, from = 'start' } = options
    this.#options = options
    this.#partition = partition
    this.ready = this.#ready.promise
    this.#ownNext = from === 'start' ? 0 : from === 'end' ? partition.end : from
    if (group !== undefined && !partition.groups.has(group)) partition.groups.set(group, this.#ownNext)
    partition.readers.add(this)
    this.wake()
  }

  /** The next offset: the group's, if there is a group. */
  get next(): number {
    const { group } = this.#options
    return group === undefined ? this.#ownNext : this.#partition.groups.get(group)!
  }

  caughtUp(): Promise<void> {
    const { end } = this.#partition
    return new Promise((resolve) => {
      const look = () => {
        if (this.next < end) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  get topicId(): string {
    return this.#partition.id
  }

  behindMs(): number {
    return 0
  }

  whenWithin(): Promise<void> {
    return Promise.resolve()
  }

  goBack(offset: number): number | undefined {
    const { next } = this
    if (offset >= next) return undefined
    this.#returns++
    this.#moveTo(offset)
    this.wake()
    return next
  }

  wake(): void {
    if (this.#closed || this.#running !== undefined || !this.#hasWork()) return
    this.#running = this.#run()
      .catch((cause) => {
        this.#leave()
        this.#report({ state: 'stopped', cause })
      })
      .finally(() => {
        this.#running = undefined
        this.wake()
      })
  }

  #hasWork(): boolean {
    return this.#share !== this.#ownShare() || (this.#share > 0 && this.next < this.#partition.end)
  }

  /** With one partition the first reader of a group has all of it, and the others wait until it leaves. */
  #ownShare(): number {
    const { group } = this.#options
    if (group === undefined) return 1
    for (const reader of this.#partition.readers)
      if (reader.#options.group === group) return reader === this ? 1 : 0
    return 0
  }

  async #run(): Promise<void> {
    const share = this.#ownShare()
    const { onShare } = this.#options
    if (share !== this.#share && onShare && !(await this.#untilDone(() => onShare(share)))) return
    this.#share = share
    this.#ready.resolve()
    this.#report({ state: 'reading' })
    while (!this.#closed && share > 0 && this.next < this.#partition.end) {
      const { end } = this.#partition
      const returns = this.#returns
      let batch: StoredRecord[] | undefined
      const isHandled = await this.#untilDone(async () => {
        if (this.#returns !== returns) return
        batch ??= this.#partition.read(this.next)
        if (batch.length > 0) await this.#options.handle(batch, () => this.#returns === returns)
      })
      if (!isHandled) return
      if (this.#returns !== returns) continue
      this.#moveTo((batch?.at(-1)?.offset ?? end - 1) + 1)
      if (batch !== undefined && batch.length > 0) this.#options.once?.(batch)
      // A reader that is far behind must not block everybody else in this process.
      if (this.next < end) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  /** Retries until it succeeds. @returns false if the reader was closed first. @throws what retrying cannot fix */
  async #untilDone(work: () => Promise<void> | void): Promise<boolean> {
    for (let failures = 0; ; ) {
      try {
        await work()
        if (failures > 0) this.#report({ state: 'reading' })
        return true
      } catch (cause) {
        if (!isRetryable(cause)) throw cause
        this.#report({ state: 'waiting', cause })
        if (!this.#closed) await this.#pause(backoffMs(++failures, RETRY, Math.random))
        if (this.#closed) return false
      }
    }
  }

  #report(next: ReaderState): void {
    const isKnown = this.#state?.state === next.state && reasonOf(this.#state) === reasonOf(next)
    this.#state = next
    if (!isKnown) this.#options.onState?.(next)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#wakeRetry = () => {
        cancel()
        resolve()
      }
    })
  }

  #moveTo(offset: number): void {
    const { group } = this.#options
    if (group === undefined) this.#ownNext = offset
    else {
      this.#partition.groups.set(group, offset)
      this.#partition.remember?.(group, offset)
    }
    for (const look of this.#waiting) look()
  }

  #leave(): void {
    this.#closed = true
    this.#ready.resolve()
    this.#partition.readers.delete(this)
    for (const reader of this.#partition.readers) reader.wake()
  }

  async close(): Promise<void> {
    const { drainMs } = this.#options
    const stop = () => {
      this.#closed = true
      this.#wakeRetry()
    }
    if (drainMs === undefined) {
      stop()
      await this.#running
      this.#leave()
    } else await this.#drain(drainMs, stop)
  }

  async #drain(drainMs: number, giveUp: () => void): Promise<void> {
    const cancel = this.#options.clock.after(drainMs, giveUp)
    await this.#running
    cancel()
    const gaveUp = this.#closed && this.#partition.readers.has(this)
    this.#leave()
    const lost = this.#partition.end - this.next
    if (!gaveUp || lost === 0) return
    const reason = reasonOf(this.#state!) ?? `the drain ran out of time after ${drainMs} ms`
    throw new RoarError(
      'log_unavailable',
      `${plural(lost, 'record')} of ${this.#options.topic} not handled: ${reason}`,
    )
  }
}

const reasonOf = (state: ReaderState): string | undefined =>
  state.state === 'waiting' ? state.cause.message : undefined
