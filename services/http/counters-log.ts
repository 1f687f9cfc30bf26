import type { Logger } from 'pino'
import type { Metric } from './operator.ts'

/**
 * Logs all metrics as one line, every `everyMs`: what a process did, for those who have its log and nothing else.
 * Returns the function that logs them a last time and stops.
 */
export function logCounters(metrics: Metric[], logger: Logger, everyMs = 60_000): () => void {
  const numbers = metrics.filter(({ type }) => type !== 'histogram')
  const log = (): void =>
    logger.info(Object.fromEntries(numbers.map(({ name, read }) => [name, read()])), 'counters')
  const timer = setInterval(log, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    log()
  }
}
