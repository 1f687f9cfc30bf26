import type { Logger } from 'pino'
import type { Metric, NumberMetric } from './operator.ts'

/**
 * Logs the process's counters as one line, every `everyMs`, for people who only have its log. Zeros are left out, and so are
 * counters that only classify others: `/metrics` has all. Returns a function that logs a last time and stops.
 */
export function logCounters(metrics: Metric[], logger: Logger, everyMs = 60_000): () => void {
  const log = (): void => logger.info(Object.fromEntries(metrics.flatMap(countsOf)), 'counters')
  const timer = setInterval(log, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    log()
  }
}

function countsOf(metric: Metric): [string, unknown][] {
  if (metric.type === 'histogram') return []
  const value = toldOf(metric)
  return value === undefined ? [] : [[metric.name.replace(/^roar_/, ''), value]]
}

/** A metric with several labels is summed up; a gauge with several is a state, or a version. */
function toldOf({ type, read }: NumberMetric): number | Record<string, number> | undefined {
  const value = read()
  if (typeof value === 'number') return value || undefined
  if (!Array.isArray(value)) {
    const some = Object.entries(value).filter(([, number]) => number !== 0)
    return some.length === 0 ? undefined : Object.fromEntries(some)
  }
  return type === 'gauge' ? undefined : value.reduce((sum, { value }) => sum + value, 0) || undefined
}
