import type { Logger } from 'pino'
import type { Log, LogRecord } from '../../adapters/log/log.ts'
import { ReactionWindows } from '../../engine/reaction-windows.ts'
import type { Cell } from '../../protocol/cell.ts'
import { cells } from '../../protocol/records/cells.ts'
import { slices } from '../../protocol/records/slices.ts'
import type { Slice } from '../../protocol/slice.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import { type Attempt, type Read, readRecords } from '../reader/reader.ts'
import type { Health } from '../supervision/supervisor.ts'
import type { Tracing } from '../tracing/tracing.ts'

export interface AggregateCounters {
  records: number
  /** Records that had been counted before and changed nothing. */
  repeats: number
  /** Records whose window was already forgotten. The log's clock only grows, so this stays 0. */
  late: number
  cells: number
}

export interface Aggregate {
  counters: AggregateCounters
  /** Counts everything in the log, then stops. */
  drain(): Promise<void>
}

/**
 * Counts slices into windows with our own engine, in this process: log `reactions` in, log `counts` out. A batch is done once its
 * cells are in the log; until then none of its changes is forgotten.
 * @param options.windowMs Length of a window in milliseconds.
 */
export function startAggregate({
  log,
  logger,
  windowMs,
  health,
  tracing,
}: {
  log: Log
  logger: Logger
  windowMs: number
  health: Health
  /** Default: none. */
  tracing?: Tracing
}): Aggregate {
  const windows = new ReactionWindows({ windowMs })
  const counters = {
    records: 0,
    repeats: 0,
    late: 0,
    cells: 0,
  }
  let counted: Read<Slice>[] | undefined
  let version = 0

  async function handle(batch: Read<Slice>[], { trace }: Attempt): Promise<void> {
    // A retried batch is counted already.
    if (batch !== counted) count(batch)
    counted = batch
    const changed = windows.changed(version)
    await log.append(
      'counts',
      trace === undefined ? changed.map(cells.encode) : ofTrace(batch, changed, trace),
    )
    windows.settle()
    counters.cells += changed.length
  }

  /** Only the cells of shows that the traced slices belong to. */
  function ofTrace(batch: Read<Slice>[], changed: Cell[], trace: TraceContext): LogRecord[] {
    const traced = new Set(batch.flatMap(({ value, record }) => (record.trace ? [value.show] : [])))
    return changed.map((cell) => ({ ...cells.encode(cell), ...(traced.has(cell.show) && { trace }) }))
  }

  function count(batch: Read<Slice>[]): void {
    for (const { value, record } of batch) {
      // Depends on the batch alone, and grows even if two batches fall into one millisecond.
      version = Math.max(version + 1, record.timestampMs)
      if (windows.add(value, record.timestampMs) === 'repeat') counters.repeats++
    }
    counters.records += batch.length
    counters.late = windows.late
  }

  const reader = readRecords({ log, codec: slices, group: 'aggregate', handle, health, logger, tracing })
  return { counters, drain: () => reader.close() }
}
