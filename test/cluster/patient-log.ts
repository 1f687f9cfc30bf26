import { type KafkaLogOptions, openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import type { Log } from '../../adapters/log/log.ts'
import { isRetryable } from '../../protocol/errors.ts'
import { HANG_MS } from '../hang.ts'

/**
 * The log on Kafka for a test itself, not for what it tests: on a busy machine a broker that has just started takes longer over a
 * first answer than a server may wait for it.
 */
export async function patientLog(options: KafkaLogOptions): Promise<Log> {
  for (const startMs = performance.now(); ; )
    try {
      return await openKafkaLog({ appendTimeoutMs: HANG_MS / 4, ...options })
    } catch (cause) {
      if (!isRetryable(cause) || performance.now() - startMs > HANG_MS / 2) throw cause
    }
}
