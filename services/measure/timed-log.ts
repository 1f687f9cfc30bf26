import type { Log, LogTopic } from '../../adapters/log/log.ts'
import { withAppend } from '../../adapters/log/with-append.ts'
import { Histogram } from './histogram.ts'

export interface TimedLog {
  log: Log
  /** How long appends took until they were durable, by topic. Those that were refused are not among them. */
  durations(): ({ labels: { topic: string } } & ReturnType<Histogram['read']>)[]
}

/** The same log, with a clock beside its appends. @param now In milliseconds, of a clock that only goes forward. */
export function timedLog(log: Log, now: () => number = () => performance.now()): TimedLog {
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
      return places
    }),
    durations: () => [...byTopic].map(([topic, histogram]) => ({ labels: { topic }, ...histogram.read() })),
  }
}
