import type { RoarError } from '../../protocol/errors.ts'
import type { LogTopic } from '../../protocol/records/codec.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'

export type { LogTopic }

/**
 * The log: ordered records, kept, replayable, read by several. Embedded it lives in this process, in a cluster it is
 * Kafka. Everything that must survive a crash or reach another role goes through it.
 */

export interface LogRecord {
  /** Records of one key keep their order. `null`: any partition. */
  key: string | null
  value: Uint8Array
  /** Carried beside the record as long as it is new: an embedded log forgets it over a restart. */
  trace?: TraceContext | undefined
}

/** Where a record stands. Offsets grow within a partition and need not be dense. */
export interface Place {
  partition: number
  offset: number
  /** The log's own clock when it took the record, milliseconds since 1970. Never falls within a partition. */
  timestampMs: number
}

export interface StoredRecord extends LogRecord, Place {}

export interface ConsumeOptions {
  /**
   * Readers of one group share the partitions, and what one has handled none of them reads again after a restart.
   * Without a group the reader has every partition to itself and remembers nothing.
   */
  group?: string
  /**
   * Called when a batch was handled and its place is remembered: no two readers of a group are called for one record, even
   * while it is shared out anew. For what may rather be left out than done twice; it is where a process ends in between.
   */
  once?: ((batch: StoredRecord[]) => void) | undefined
  /** Where a reader without a remembered place starts; a number: at this offset of each partition. Default `start`. */
  from?: 'start' | 'end' | number
  /**
   * Hears how many partitions are this reader's, each time they have been shared out, before it gets their records; the
   * same number may come twice. While the log is unreachable it learns nothing, and its partitions may be another's by then.
   * When it rejects, the same follows as for a batch.
   */
  onShare?: ((partitions: number) => Promise<void> | void) | undefined
  /**
   * Hears in a sentence of records that nobody can read any more, or whose place others have by now: removed by age before
   * they were read, or lost by the log itself. The reader goes on with what there is, and passes over nothing else.
   */
  onLoss?: ((what: string) => void) | undefined
  /** Hears of each change of what the reader is doing, and of each new reason to wait. */
  onState?: ((state: ReaderState) => void) | undefined
}

/**
 * What a reader is doing.
 *
 * ```
 *            handle or onShare rejects with a retryable RoarError, or the log cannot be read
 *   reading ───────────────────────────────────────────────────────────────────────────────▶ waiting
 *      │    ◀──────────── the same batch again, with backoff, until it is handled ──────────     │
 *      └─────────── handle or onShare rejects with anything else ─────▶ stopped ◀────────────────┘
 * ```
 */
export type ReaderState =
  | { state: 'reading' }
  | { state: 'waiting'; cause: Error }
  | { state: 'stopped'; cause: unknown }

export interface LogReader {
  /** Settles once the reader has its partitions and would see a record appended from now on. */
  ready: Promise<void>
  /**
   * Resolves once everything that the partitions of this reader held at the time of the call is handled. A place at
   * the end of a log may hold no record, so nobody can wait for the last one. Never resolves after `stopped`.
   */
  caughtUp(): Promise<void>
  /** Whose offsets they are: a topic that is made anew, or is in a process's memory alone, is another one. Known once there is a share. */
  readonly topicId: string
  /**
   * Hands out again everything from `offset` on, of a topic with one partition: for whoever keeps the place with what follows from its
   * records, and has lost some of it. A batch in hand counts as not handled; refused with a retryable error, it comes in its order.
   * @returns where the reader was; undefined: no further than that, and nothing happens
   */
  goBack(offset: number): number | undefined
  /**
   * Lets the batch in hand finish, remembers its place, stops. A batch that waits to be tried again is left to the
   * group's next reader; where there can be none, because the log goes with this process, it is tried until the log's
   * limit, and what is lost then is said: it rejects with `log_unavailable`.
   */
  close(): Promise<void>
}

/** `down`: appends are refused at once with `log_unavailable` until it is `up` again. */
export type LogState = 'up' | 'down'

export interface Log {
  /**
   * Appends records in order and resolves with their places once they are durable, as far as this log's promise goes.
   * Rejects with `log_unavailable` when the log did not confirm in time; the records may be in it all the same, so
   * what is sent again must be recognisable as a repeat.
   */
  append(topic: LogTopic, records: LogRecord[]): Promise<Place[]>
  /**
   * Hands batches to `handle` one at a time, each partition in its order. A batch counts as handled, and its place is
   * remembered, when the promise resolves. When it rejects with a retryable `RoarError`, the same batch comes again,
   * with backoff, for as long as it takes: see `ReaderState`. When it rejects with anything else, the reader stops.
   */
  consume(
    topic: LogTopic,
    handle: (batch: StoredRecord[]) => Promise<void> | void,
    options?: ConsumeOptions,
  ): LogReader
  /**
   * Reads again, without following: records of one partition from `offset` on, or from the oldest that is kept, in order;
   * at most `count`, and no more than the log reads at once. Empty: there are none. Rejects with `log_unavailable`.
   */
  read(topic: LogTopic, from: { partition: number; offset: number }, count: number): Promise<StoredRecord[]>
  /** The offset that the next record of each partition will have. Rejects with `log_unavailable`. */
  ends(topic: LogTopic): Promise<number[]>
  state(): LogState
  /** Calls back on every change of state, with the reason where it is `down` by a failure. Returns the unsubscribe function. */
  onState(listener: (state: LogState, cause?: RoarError) => void): () => void
  /** Closes all readers, then the log. Appends that are under way settle first. */
  close(): Promise<void>
}
