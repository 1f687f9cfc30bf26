import type { Logger } from 'pino'
import type { ConsumeOptions, Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'
import type { RecordCodec } from '../../protocol/records/codec.ts'
import { deadLetterOf, deadLetters } from '../../protocol/records/dead-letters.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { Health } from '../supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'

/** A record that could be read, and what it says. */
export interface Read<T extends object> {
  value: T
  record: StoredRecord
}

export interface RecordReaderOptions<T extends object>
  extends Omit<ConsumeOptions, 'onState' | 'onLoss' | 'once'> {
  log: Log
  /** The topic, and how its records are read. */
  codec: Pick<RecordCodec<T>, 'topic' | 'decode'>
  /**
   * Takes the records of a batch that could be read. Its batch is remembered as handled when it resolves, so by then
   * what follows from it must be durable where it belongs. Tried again it gets the same array.
   * @param trace Of this reading, where a record belongs to a trace.
   */
  handle?: (records: Read<T>[], trace?: TraceContext) => Promise<void> | void
  /** Takes those of a batch whose place is remembered, each in one process of the group alone: see `ConsumeOptions`. */
  once?: (records: Read<T>[]) => void
  /** Hears how it goes: nobody reads a log without a part of the process that stands for it. */
  health: Health
  logger: Logger
  /** Default: what is read here is in no trace. */
  tracing?: Tracing | undefined
  /** Whether records that cannot be read go to `dead-letters`. Default: where a group reads, as each of them goes there once. */
  buries?: boolean
}

export interface RecordReader extends LogReader {
  /** Records that could not be read, and were set aside. */
  deadLetters(): number
}

/**
 * Reads a topic: the one way in which a service does. A reader never just stops and never forgets:
 *
 * ```
 * batch ─▶ decode ─▶ handle ─▶ its place is remembered ─▶ once
 *            │         ├─ rejects, retryable ──▶ the same records again, with backoff; health says what it waits for
 *            │         └─ rejects otherwise ───▶ health has failed: the process ends, and says why
 *            └─ no record ─▶ set aside with its reason and its place; the others go on
 * ```
 */
export function readRecords<T extends object>(options: RecordReaderOptions<T>): RecordReader {
  const { log, codec, handle, once, health, logger, buries = options.group !== undefined } = options
  const { tracing = NO_TRACING } = options
  const { topic } = codec
  let inHand: { batch: StoredRecord[]; records: Read<T>[]; bad: BadRecord[] } | undefined
  let setAside = 0
  /** Who keeps what a whole topic says works once it has read what there was. */
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

  /** A flood of them is one line a batch. */
  function report(bad: BadRecord[]): void {
    setAside += bad.length
    const { record, reason } = bad[0]!
    const place = { topic, partition: record.partition, offset: record.offset }
    const others = bad.length === 1 ? '' : `, and ${bad.length - 1} after it`
    logger.error(
      { ...place, reason, records: bad.length },
      `the record of ${topic} at ${place.partition}/${place.offset}${others} cannot be read: ${reason}`,
    )
  }

  /** Each try is a span of its own. */
  async function traced(records: Read<T>[]): Promise<void> {
    const from = new Set(tracing === NO_TRACING ? [] : records.map(({ record }) => record.trace))
    const span = tracing.follow(`read ${topic}`, from, { kind: 'consumer' })
    try {
      await handle?.(records, span?.context)
      span?.end()
    } catch (cause) {
      span?.end(cause)
      throw cause
    }
  }

  const reader = log.consume(
    topic,
    async (batch) => {
      if (inHand?.batch !== batch) {
        inHand = read(batch)
        if (inHand.bad.length > 0) report(inHand.bad)
      }
      if (buries && inHand.bad.length > 0) {
        const letters = inHand.bad.map(({ record, reason }) => deadLetterOf(topic, record, reason))
        await log.append('dead-letters', letters.map(deadLetters.encode))
        // What follows may be tried again; they are there by then.
        inHand.bad = []
      }
      if (inHand.records.length > 0) await traced(inHand.records)
      inHand = undefined
    },
    {
      ...options,
      once: once && ((batch) => once(read(batch).records)),
      onLoss: (what) => logger.error({ topic }, `records of ${topic} are lost: ${what}`),
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
  return {
    deadLetters: () => setAside,
    ready: reader.ready,
    caughtUp: () => reader.caughtUp(),
    get topicId() {
      return reader.topicId
    },
    goBack: (offset) => reader.goBack(offset),
    close: () => reader.close(),
  }
}

interface BadRecord {
  record: StoredRecord
  reason: string
}
