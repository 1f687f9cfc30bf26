import * as v from 'valibot'
import { effectiveWith, group, secret, setting, switchSetting } from '../../settings/setting.ts'
import { oneOf, text } from '../../settings/values.ts'

/** Kafka's address, our credentials, and the names of its topics. */
export const KAFKA_SETTINGS = group('Log', {
  log: setting(
    v.pipe(v.string(), v.regex(/^$|^kafka:\/\/.+/, 'is not kafka://host:port,…')),
    '',
    'The log of a cluster: kafka://host:port,….',
  ),
  'topic-prefix': setting(text, 'roar-', 'The prefix of topic names on Kafka.'),
  'kafka-tls': switchSetting('Whether to speak TLS to Kafka.'),
  'kafka-ca': setting(
    v.string(),
    '',
    "A PEM file with the authority of Kafka's certificates. Empty: the authorities that the system trusts.",
  ),
  'kafka-sasl': setting(
    oneOf('', 'plain', 'scram-sha-256', 'scram-sha-512'),
    '',
    'How to authenticate with Kafka: plain, scram-sha-256 or scram-sha-512. Empty: no authentication.',
  ),
  'kafka-user': effectiveWith(['kafka-sasl'], setting(v.string(), '', 'The user name for Kafka.')),
  'kafka-password': effectiveWith(
    ['kafka-sasl'],
    secret(setting(v.string(), '', 'The password of kafka-user.')),
  ),
})
