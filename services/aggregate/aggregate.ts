import type { Logger } from 'pino'
import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { ReactionWindows } from '../../engine/reaction-windows.ts'
import { cells } from '../../protocol/records/cells.ts'
import { deadLetterOf, deadLetters } from '../../protocol/records/dead-letters.ts'
import { slices } from '../../protocol/records/slices.ts'

export interface AggregateCounters {
  records: number
  /** Records that were counted before and changed nothing. */
  repeats: number
  /** Records that could not be parsed and went to `dead-letters`. */
  deadLetters: number
  /** Records that came after their window was forgotten. The log's clock only grows, so this stays 0. */
  late: number
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
  const counters: AggregateCounters = { records: 0, repeats: 0, deadLetters: 0, late: 0, cells: 0 }
  let version = 0

  async function count(batch: StoredRecord[]): Promise<void> {
    for (const record of batch) {
      // Follows from the batch alone, and grows even when two batches fall into one millisecond.
      version = Math.max(version + 1, record.timestampMs)
      counters.records++
      const slice = slices.decode(record.value)
      if (typeof slice === 'string') await bury(record, slice)
      else if (windows.add(slice, record.timestampMs) === 'repeat') counters.repeats++
    }
    counters.late = windows.late
    const changed = windows.takeChanged(version)
    counters.cells += changed.length
    await log.append('counts', changed.map(cells.encode))
  }

  async function bury(record: StoredRecord, reason: string): Promise<void> {
    counters.deadLetters++
    const { partition, offset } = record
    logger.error({ partition, offset, reason }, 'a record of the reactions log cannot be read')
    await log.append('dead-letters', [deadLetters.encode(deadLetterOf('reactions', record, reason))])
  }

  const reader = log.consume('reactions', count, {
    group: 'aggregate',
    onFault: (cause) => logger.fatal({ err: cause }, 'counting stopped'),
  })
  return { counters, drain: () => reader.close() }
}
