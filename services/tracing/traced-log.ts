import type { Log } from '../../adapters/log/log.ts'
import { withAppend } from '../../adapters/log/with-append.ts'
import { NO_TRACING, type Tracing } from './tracing.ts'

/** The log, with a span for each append of traced records. */
export function tracedLog(log: Log, tracing: Tracing): Log {
  if (tracing === NO_TRACING) return log
  return withAppend(log, (topic, records) => {
    const from = new Set(records.map(({ trace }) => trace))
    const span = tracing.follow(`append ${topic}`, from, { kind: 'producer' })
    const appended = log.append(topic, records)
    if (span === undefined) return appended
    span.note({ 'messaging.destination.name': topic, 'messaging.batch.message_count': records.length })
    appended.then(
      () => span.end(),
      (cause) => span.end(cause),
    )
    return appended
  })
}
