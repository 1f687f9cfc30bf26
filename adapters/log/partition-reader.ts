import type { ConsumeOptions, LogReader, StoredRecord } from './log.ts'

/** One partition as its readers see it. */
export interface Partition {
  /** The offset that the next record will have. */
  readonly end: number
  readonly readers: Set<PartitionReader>
  /** Places that groups remember: the offset to read next. */
  readonly groups: Map<string, number>
  /** Records from `offset` on: those that are kept, fewer than there are at the owner's bound. Empty: none is. */
  read(offset: number): StoredRecord[]
  /** A group has handled everything before `offset`. */
  remember?(group: string, offset: number): void
}

interface PartitionReaderOptions {
  partition: Partition
  handle: (batch: StoredRecord[]) => Promise<void> | void
  group: string | undefined
  from: 'start' | 'end'
  onShare: ConsumeOptions['onShare']
  onFault: ((cause: unknown) => void) | undefined
  /** `close` handles all that the partition holds first: where the records go with the process. Default: what is in hand. */
  drainsOnClose?: boolean
}

/** Reads a log of this process: batches one at a time, woken by each append. Adds itself to the partition's readers. */
export class PartitionReader implements LogReader {
  readonly ready: Promise<void>
  readonly #partition: Partition
  readonly #handle: PartitionReaderOptions['handle']
  readonly #group: string | undefined
  readonly #onFault: PartitionReaderOptions['onFault']
  readonly #onShare: ConsumeOptions['onShare']
  readonly #drainsOnClose: boolean
  readonly #ready = Promise.withResolvers<void>()
  /** The partitions that this reader was told are its own. */
  #share: number | undefined
  #running: Promise<void> | undefined
  #closed = false
  #ownNext: number

  constructor({
    partition,
    handle,
    group,
    from,
    onShare,
    onFault,
    drainsOnClose = false,
  }: PartitionReaderOptions) {
    this.#partition = partition
    this.#handle = handle
    this.#group = group
    this.#onFault = onFault
    this.#onShare = onShare
    this.#drainsOnClose = drainsOnClose
    this.ready = this.#ready.promise
    this.#ownNext = from === 'start' ? 0 : partition.end
    if (group !== undefined && !partition.groups.has(group)) partition.groups.set(group, this.#ownNext)
    partition.readers.add(this)
    this.wake()
  }

  /** The offset to read next: the group's, where there is a group. */
  get next(): number {
    return this.#group === undefined ? this.#ownNext : this.#partition.groups.get(this.#group)!
  }

  wake(): void {
    if (this.#closed || this.#running !== undefined || !this.#hasWork()) return
    this.#running = this.#run()
      .catch((cause) => {
        this.#leave()
        this.#onFault?.(cause)
      })
      .finally(() => {
        this.#running = undefined
        this.wake()
      })
  }

  #hasWork(): boolean {
    return this.#share !== this.#ownShare() || (this.#share > 0 && this.next < this.#partition.end)
  }

  /** With one partition, the first reader of a group has all of it and the others wait for it to leave. */
  #ownShare(): number {
    if (this.#group === undefined) return 1
    for (const reader of this.#partition.readers)
      if (reader.#group === this.#group) return reader === this ? 1 : 0
    return 0
  }

  async #run(): Promise<void> {
    const share = this.#ownShare()
    if (share !== this.#share && this.#onShare) await this.#onShare(share)
    this.#share = share
    this.#ready.resolve()
    while (!this.#closed && share > 0 && this.next < this.#partition.end) {
      const { end } = this.#partition
      const batch = this.#partition.read(this.next)
      if (batch.length > 0) await this.#handle(batch)
      this.#moveTo((batch.at(-1)?.offset ?? end - 1) + 1)
      // Far behind, a reader must not keep everybody else in this process waiting.
      if (this.next < end) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  #moveTo(offset: number): void {
    if (this.#group === undefined) {
      this.#ownNext = offset
      return
    }
    this.#partition.groups.set(this.#group, offset)
    this.#partition.remember?.(this.#group, offset)
  }

  #leave(): void {
    this.#closed = true
    this.#ready.resolve()
    this.#partition.readers.delete(this)
    for (const reader of this.#partition.readers) reader.wake()
  }

  async close(): Promise<void> {
    if (!this.#drainsOnClose) this.#closed = true
    await this.#running
    this.#leave()
  }
}
