import { authorityIn } from '../../settings/authority.ts'
import { ConfigError } from '../../settings/config-error.ts'
import type { ValuesOf } from '../../settings/setting.ts'
import { type KafkaAddress, parseBrokers } from './connection.ts'
import type { KAFKA_SETTINGS } from './settings.ts'

const SASL_MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

/** The Kafka address and credentials. @throws ConfigError for an invalid address or sign-in */
export function kafkaAddressOf(config: ValuesOf<typeof KAFKA_SETTINGS>): KafkaAddress {
  const address: KafkaAddress = { brokers: brokersOf(config.log), topicPrefix: config['topic-prefix'] }
  const {
    'kafka-ca': ca,
    'kafka-sasl': mechanism,
    'kafka-user': username,
    'kafka-password': password,
  } = config
  const authority = authorityIn('kafka-ca', ca, Date.now())
  if (authority !== undefined) address.tls = { ca: authority }
  else if (config['kafka-tls']) address.tls = {}
  if (mechanism === '') return address
  if (username === '') throw new ConfigError('kafka-user', 'is required with kafka-sasl')
  if (password === '') throw new ConfigError('kafka-password', 'is required with kafka-sasl')
  return { ...address, sasl: { mechanism: SASL_MECHANISMS[mechanism], username, password } }
}

function brokersOf(log: string): string[] {
  if (log === '') throw new ConfigError('log', 'is missing: the address of Kafka, such as kafka://host:9092')
  try {
    return parseBrokers(log)
  } catch (cause) {
    throw new ConfigError('log', (cause as TypeError).message)
  }
}
