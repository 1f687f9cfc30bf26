import { ConfigError } from '../../settings/config-error.ts'
import type { SharedLogAdapter } from '../log/shared-log.ts'
import { kafkaAddressOf } from './address.ts'
import { isRefusal, type KafkaAddress } from './connection.ts'
import { KAFKA_SETTINGS } from './settings.ts'

/** `--log kafka://…`. Loads the Kafka client only for processes that use it. */
export const kafka: SharedLogAdapter<typeof KAFKA_SETTINGS, KafkaAddress> = {
  settings: KAFKA_SETTINGS,
  addressOf: kafkaAddressOf,
  async open(config, isUsed) {
    const address = kafkaAddressOf(config)
    const { openKafkaLog } = await import('./log-kafka.ts')
    const { missingTopics } = await import('./missing-topics.ts')
    let missing: string[]
    try {
      missing = await missingTopics(address, isUsed)
      if (missing.length === 0) return await openKafkaLog(address)
    } catch (cause) {
      if (isRefusal(cause)) throw new ConfigError('log', (cause as Error).message)
      throw cause
    }
    const names = missing.join(', ')
    throw new ConfigError(
      'log',
      `Kafka has no ${names}, or this user may not see it: roar topics creates what is missing`,
    )
  },
  async missing(config) {
    const { missingTopics } = await import('./missing-topics.ts')
    return missingTopics(kafkaAddressOf(config), () => true)
  },
  async crucial(config) {
    const { crucialDifferences, withAdmin } = await import('./admin.ts')
    const address = kafkaAddressOf(config)
    return withAdmin(address, (admin) => crucialDifferences(admin, address))
  },
  async topics(config, size, { check }) {
    const { compareTopics, createTopics, describeTopics, withAdmin } = await import('./admin.ts')
    const address = kafkaAddressOf(config)
    return withAdmin(address, async (admin) => ({
      created: check ? [] : await createTopics(admin, address, size),
      differences: await compareTopics(admin, address, size),
      use: await describeTopics(admin, address),
    }))
  },
}
