import type { Log, LogTopic } from '../../adapters/log/log.ts'
import { withAppend } from '../../adapters/log/with-append.ts'
import { Histogram } from './histogram.ts'

export interface TimedLog {
  log: Log
  /** How long appends took until they were durable, by topic; without refused ones. */
  durations(): ({ labels: { topic: string } } & ReturnType<Histogram['read']>)[]
  /** How many records this process dead-lettered, whichever of its readers met them. */
  deadLetters(): number
}

/** The log, with its appends timed. @param now In milliseconds, of a monotonic clock. */
export function timedLog(log: Log, now: () => number = () => performance.now()): TimedLog {
  let deadLetters = 0
  const byTopic = new Map<LogTopic, Histogram>()
  const of = (topic: LogTopic): Histogram => {
    const histogram = byTopic.get(topic) ?? new Histogram()
    byTopic.set(topic, histogram)
    return histogram
  }
  return {
    log: withAppend(log, async (topic, records) => {
      const startedMs = now()
      const places = await log.append(topic, records)
      of(topic).observe(now() - startedMs, records.find(({ trace }) => trace !== undefined)?.trace)
      if (topic === 'dead-letters') deadLetters += records.length
      return places
    }),
    durations: () => [...byTopic].map(([topic, histogram]) => ({ labels: { topic }, ...histogram.read() })),
    deadLetters: () => deadLetters,
  }
}
