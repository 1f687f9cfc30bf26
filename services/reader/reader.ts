import type { Logger } from 'pino'
import type { ConsumeOptions, Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'
import type { RecordCodec } from '../../protocol/records/codec.ts'
import { deadLetterOf, deadLetters } from '../../protocol/records/dead-letters.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { Health } from '../supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'

/** A readable record, and its value. */
export interface Read<T extends object> {
  value: T
  record: StoredRecord
}

/** One attempt to handle a batch. */
export interface Attempt {
  /** See `HandleBatch`. */
  isCurrent: () => boolean
  /** Its span, if a record is traced. */
  trace: TraceContext | undefined
}

export interface RecordReaderOptions<T extends object>
  extends Omit<ConsumeOptions, 'onState' | 'onLoss' | 'once'> {
  /** Called when records are lost, which is logged. */
  onLoss?: () => void
  log: Log
  /** The topic, and how to decode its records. */
  codec: Pick<RecordCodec<T>, 'topic' | 'decode'>
  /**
   * Handles the readable records of a batch. The batch is committed when it resolves, so by then everything that follows from it
   * must be durable. A retry gets the same array.
   */
  handle?: (records: Read<T>[], attempt: Attempt) => Promise<void> | void
  /** Called with a batch whose offset is committed, each in only one process of the group: see `ConsumeOptions`. */
  once?: (records: Read<T>[]) => void
  /** Reports the reader's state: every reader belongs to a part of the process. */
  health: Health
  logger: Logger
  /** Default: no tracing. */
  tracing?: Tracing | undefined
  /** Whether unreadable records are dead-lettered. Default: if a group reads, so that each is dead-lettered once. */
  buries?: boolean
}

export type RecordReader = LogReader

/**
 * Reads a topic; every service reads this way. A reader never just stops and never loses a record:
 *
 * ```
 * batch ─▶ decode ─▶ handle ─▶ its offset is committed ─▶ once
 *            │         ├─ rejects, retryable ──▶ the same records again, with backoff; health reports what it waits for
 *            │         └─ rejects otherwise ───▶ health has failed: the process ends, and reports why
 *            └─ unreadable ─▶ dead-lettered with its reason and its place; the others go on
 * ```
 */
export function readRecords<T extends object>(options: RecordReaderOptions<T>): RecordReader {
  const { log, codec, handle, once, health, logger, buries = options.group !== undefined } = options
  const { tracing = NO_TRACING } = options
  const { topic } = codec
  let inHand: { batch: StoredRecord[]; records: Read<T>[]; bad: BadRecord[] } | undefined
  /** A part that keeps a whole topic in memory is working once it has caught up. */
  let works = false

  function read(batch: StoredRecord[]) {
    const records: Read<T>[] = []
    const bad: BadRecord[] = []
    for (const record of batch) {
      const value = codec.decode(record.value)
      if (typeof value === 'string') bad.push({ record, reason: value })
      else records.push({ value, record })
    }
    return { batch, records, bad }
  }

  /** One line a batch, even in a flood of them. */
  function report(bad: BadRecord[]): void {
    const { record, reason } = bad[0]!
    const place = { topic, partition: record.partition, offset: record.offset }
    const others = bad.length === 1 ? '' : `, and ${bad.length - 1} after it`
    logger.error(
      { ...place, reason, records: bad.length },
      `the record of ${topic} at ${place.partition}/${place.offset}${others} cannot be read: ${reason}`,
    )
  }

  /** Each attempt is a span of its own. */
  async function traced(records: Read<T>[], isCurrent: () => boolean): Promise<void> {
    const from = new Set(tracing === NO_TRACING ? [] : records.map(({ record }) => record.trace))
    const span = tracing.follow(`read ${topic}`, from, { kind: 'consumer' })
    try {
      await handle?.(records, { isCurrent, trace: span?.context })
      span?.end()
    } catch (cause) {
      span?.end(cause)
      throw cause
    }
  }

  const reader = log.consume(
    topic,
    async (batch, isCurrent) => {
      if (inHand?.batch !== batch) {
        inHand = read(batch)
        if (inHand.bad.length > 0) report(inHand.bad)
      }
      if (buries && inHand.bad.length > 0) {
        const letters = inHand.bad.map(({ record, reason }) => deadLetterOf(topic, record, reason))
        await log.append('dead-letters', letters.map(deadLetters.encode))
        // The rest may be retried; these are dead-lettered by then.
        inHand.bad = []
        if (!isCurrent()) return
      }
      if (inHand.records.length > 0) await traced(inHand.records, isCurrent)
      inHand = undefined
    },
    {
      ...options,
      once: once && ((batch) => once(read(batch).records)),
      onLoss(what) {
        logger.error({ topic }, `records of ${topic} are lost: ${what}`)
        options.onLoss?.()
      },
      onState(next) {
        if (next.state === 'stopped') health.failed(next.cause)
        else if (next.state === 'waiting') health.waiting(next.cause.message)
        else if (works) health.working()
      },
    },
  )
  const start = options.group === undefined && options.from !== 'end' ? reader.caughtUp() : reader.ready
  start.then(
    () => {
      works = true
      health.working()
    },
    // The log was closed before.
    () => {},
  )
  return reader
}

interface BadRecord {
  record: StoredRecord
  reason: string
}
