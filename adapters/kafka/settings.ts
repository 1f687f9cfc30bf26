import * as v from 'valibot'
import { group, secret, setting, switchSetting } from '../../settings/setting.ts'
import { oneOf, text } from '../../settings/values.ts'

/** Where Kafka is, who we are there, and what its topics are called. */
export const KAFKA_SETTINGS = group('Log', {
  log: setting(
    v.pipe(v.string(), v.regex(/^$|^kafka:\/\/.+/, 'is not kafka://host:port,…')),
    '',
    'The log of a cluster: kafka://host:port,….',
  ),
  'topic-prefix': setting(text, 'roar-', "What the topics' names on Kafka begin with."),
  'kafka-tls': switchSetting('Whether to speak TLS to Kafka.'),
  'kafka-ca': setting(
    v.string(),
    '',
    "A PEM file with the authority of Kafka's certificates. Empty: those that the system trusts.",
  ),
  'kafka-sasl': setting(
    oneOf('', 'plain', 'scram-sha-256', 'scram-sha-512'),
    '',
    'How to sign in to Kafka: plain, scram-sha-256 or scram-sha-512. Empty: not at all.',
  ),
  'kafka-user': setting(v.string(), '', 'Who signs in to Kafka.'),
  'kafka-password': secret(setting(v.string(), '', 'The password of kafka-user.')),
})
