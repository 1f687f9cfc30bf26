import { type KafkaLogOptions, openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import type { Log } from '../../adapters/log/log.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import { HANG_MS } from '../hang.ts'
import { until } from '../until.ts'

/**
 * The log on Kafka for a test itself, not for what it tests: on a busy machine a broker that has just started takes longer over a
 * first answer than a server may wait for it.
 */
export async function patientLog(options: KafkaLogOptions): Promise<Log> {
  const open = () =>
    openKafkaLog({ appendTimeoutMs: HANG_MS / 4, ...options }).catch((cause: unknown) => {
      if (isRetryable(cause)) return cause
      throw cause
    })
  return (await until(open, (opened) => !(opened instanceof RoarError))) as Log
}
