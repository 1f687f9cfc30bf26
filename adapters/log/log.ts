import type { RoarError } from '../../protocol/errors.ts'
import type { LogTopic } from '../../protocol/records/codec.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'

export type { LogTopic }

/**
 * The log: ordered, durable, replayable records with several readers. Embedded it is in this process, in a cluster it is Kafka.
 * Everything that must survive a crash or reach another role goes through it.
 */

export interface LogRecord {
  /** Records with one key keep their order. `null`: any partition. */
  key: string | null
  value: Uint8Array
  /** Carried beside the record while it is new: an embedded log drops it at a restart. */
  trace?: TraceContext | undefined
}

/** A record's place. Offsets grow within a partition and need not be dense. */
export interface Place {
  partition: number
  offset: number
  /** When the log appended it, by the log's clock, milliseconds since 1970. Never goes back within a partition. */
  timestampMs: number
}

export interface StoredRecord extends LogRecord, Place {}

/**
 * Handles a batch: see `Log.consume`.
 * @param isCurrent Whether the reader has not gone back since the batch was handed out. Otherwise it counts as not handled, and
 * comes again in its order.
 */
export type HandleBatch = (batch: StoredRecord[], isCurrent: () => boolean) => Promise<void> | void

export interface ConsumeOptions {
  /**
   * Readers of one group share the partitions, and offsets that one has committed are not read again after a restart. Without a
   * group a reader has every partition and commits nothing.
   */
  group?: string
  /**
   * Called when a batch was handled and its offset is committed: no two readers of a group are called for one record, not even
   * during a rebalance. For work that should rather be lost than repeated; it is lost if the process ends in between.
   */
  once?: ((batch: StoredRecord[]) => void) | undefined
  /** Where a reader without a committed offset starts; a number: at this offset of each partition. Default `start`. */
  from?: 'start' | 'end' | number
  /**
   * Called with the number of partitions assigned to this reader, after each rebalance and before their records; may repeat the
   * same number. While the log is unreachable it is not called, and the partitions may belong to another reader by then. A
   * rejection is handled like that of a batch.
   */
  onShare?: ((partitions: number) => Promise<void> | void) | undefined
  /**
   * Called with a sentence about records that can no longer be read, or whose offsets now belong to others: deleted by age before
   * they were read, or lost by the log itself. The reader continues with what exists, and skips nothing else.
   */
  onLoss?: ((what: string) => void) | undefined
  /** Called with each change of the reader's state, and each new reason to wait. */
  onState?: ((state: ReaderState) => void) | undefined
}

/**
 * A reader's state.
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
  /** Settles once the reader has its partitions and would receive a record appended from now on. */
  ready: Promise<void>
  /**
   * Resolves once everything that this reader's partitions held at the time of the call is handled. The last offset may hold no
   * record, so waiting for a particular one is impossible. Never resolves after `stopped`.
   */
  caughtUp(): Promise<void>
  /**
   * Identifies what the offsets belong to: a topic that is recreated, or only in a process's memory, has another id. Known once
   * partitions are assigned.
   */
  readonly topicId: string
  /**
   * How long ago, in milliseconds, the log was last asked for more and everything that it had by then is handled: what was appended
   * since may be unknown. Infinite until that was so once; 0 for a log within this process. For a topic with one partition.
   */
  behindMs(): number
  /** Resolves once `behindMs` is no more than `ms`; never once the reader has ended. */
  whenWithin(ms: number): Promise<void>
  /**
   * Rewinds to `offset`, for a topic with one partition: for a caller that stores the offset together with the results, and has
   * lost some of them. A batch in progress counts as not handled; if it is refused with a retryable error, it comes again in its
   * order. The group's offset goes back too, unless this reader ends before it could commit that: whoever is assigned the partition
   * next must go back by what it has stored.
   * @returns where the reader was; undefined: no further than that, and nothing happens
   */
  goBack(offset: number): number | undefined
  /**
   * Finishes the batch in progress, commits its offset, stops. A batch that waits for a retry is left to the group's next reader;
   * if there can be none, because the log ends with this process, it is retried until the log's limit and then reported as lost:
   * rejects with `log_unavailable`.
   */
  close(): Promise<void>
}

/** `down`: appends are refused at once with `log_unavailable` until it is `up` again. */
export type LogState = 'up' | 'down'

export interface Log {
  /**
   * Appends records in order and resolves with their places once they are durable, as far as this log promises. Rejects with
   * `log_unavailable` when the log did not confirm in time; the records may still be in it, so a repeated append must be
   * recognisable as a repeat.
   */
  append(topic: LogTopic, records: LogRecord[]): Promise<Place[]>
  /**
   * Passes batches to `handle` one at a time, each partition in order. A batch is handled, and its offset committed, when the
   * promise resolves. If it rejects with a retryable `RoarError`, the same batch comes again, with backoff, without limit: see
   * `ReaderState`. If it rejects with anything else, the reader stops.
   */
  consume(topic: LogTopic, handle: HandleBatch, options?: ConsumeOptions): LogReader
  /**
   * Reads once, without following: records of one partition from `offset`, or the oldest one kept, in order; at most `count`, and
   * no more than the log reads at once. Empty: there are none. Rejects with `log_unavailable`.
   */
  read(topic: LogTopic, from: { partition: number; offset: number }, count: number): Promise<StoredRecord[]>
  /** The next offset of each partition. Rejects with `log_unavailable`. */
  ends(topic: LogTopic): Promise<number[]>
  state(): LogState
  /**
   * Calls back on every change of state, with the reason if it is `down` because of a failure. Returns the unsubscribe function.
   */
  onState(listener: (state: LogState, cause?: RoarError) => void): () => void
  /** Closes all readers, then the log. Appends in progress settle first. */
  close(): Promise<void>
}
