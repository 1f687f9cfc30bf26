import type { Logger } from 'pino'
import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { ReactionWindows } from '../../engine/reaction-windows.ts'
import { type Cell, cellKey } from '../../protocol/cell.ts'
import type { Slice } from '../../protocol/slice.ts'

export interface AggregateCounters {
  records: number
  /** Records that were counted before and changed nothing. */
  repeats: number
  /** Records that could not be parsed and went to `dead-letters`. */
  deadLetters: number
  cells: number
}

export interface Aggregate {
  counters: AggregateCounters
  /** Counts all that the log holds, then stops. */
  drain(): Promise<void>
}

/**
 * Counts slices into windows with our own engine, in this process: log `reactions` in, log `counts` out.
 * @param options.windowMs Length of a window in milliseconds.
 */
export function startAggregate({
  log,
  logger,
  windowMs,
}: {
  log: Log
  logger: Logger
  windowMs: number
}): Aggregate {
  const windows = new ReactionWindows({ windowMs })
  const counters: AggregateCounters = { records: 0, repeats: 0, deadLetters: 0, cells: 0 }
  const bytes = new TextEncoder()
  let version = 0

  async function count(batch: StoredRecord[]): Promise<void> {
    for (const record of batch) {
      // Follows from the batch alone, and grows even when two batches fall into one millisecond.
      version = Math.max(version + 1, record.timestampMs)
      counters.records++
      const slice = parseSlice(record.value)
      if (slice instanceof Error) await bury(record, slice)
      else if (!windows.add(slice, record.timestampMs)) counters.repeats++
    }
    const cells = windows.takeChanged(version)
    counters.cells += cells.length
    await log.append('counts', cells.map(cellRecord))
  }

  const cellRecord = (cell: Cell) => ({ key: cellKey(cell), value: bytes.encode(JSON.stringify(cell)) })

  async function bury({ key, value, partition, offset }: StoredRecord, reason: Error): Promise<void> {
    counters.deadLetters++
    logger.error(
      { partition, offset, reason: reason.message },
      'a record of the reactions log can not be read',
    )
    const letter = {
      topic: 'reactions',
      partition,
      offset,
      reason: reason.message,
      value: Buffer.from(value).toString('base64'),
    }
    await log.append('dead-letters', [{ key, value: bytes.encode(JSON.stringify(letter)) }])
  }

  const reader = log.consume('reactions', count, {
    group: 'aggregate',
    onFault: (cause) => logger.fatal({ err: cause }, 'counting stopped'),
  })
  return { counters, drain: () => reader.close() }
}

/** A record is believed only as far as its columns fit together. */
function parseSlice(value: Uint8Array): Slice | Error {
  let slice: Slice
  try {
    slice = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value)) as Slice
  } catch (cause) {
    return cause as Error
  }
  const { show, producer, sequence, segment, sticker, count } = slice ?? {}
  if (typeof show !== 'string' || typeof producer !== 'string' || !Number.isInteger(sequence)) {
    return new Error('show, producer or sequence is missing')
  }
  const columns = [segment, sticker, count]
  if (!columns.every((column) => Array.isArray(column) && column.length === count.length)) {
    return new Error('segment, sticker and count are not columns of one length')
  }
  if (!count.every((n) => Number.isSafeInteger(n) && n > 0))
    return new Error('a count is not a whole number above 0')
  return slice
}
