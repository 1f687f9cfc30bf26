import type { KafkaAddress } from '../../../adapters/kafka/connection.ts'

/** Options of Spark's Kafka source and sink for a Kafka address. */
export function sparkKafkaOptions({ brokers, tls, sasl }: KafkaAddress): Record<string, string> {
  const options: Record<string, string> = {
    'kafka.bootstrap.servers': brokers.join(','),
    'kafka.security.protocol': `${sasl ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`,
  }
  if (tls?.ca !== undefined) {
    options['kafka.ssl.truststore.type'] = 'PEM'
    options['kafka.ssl.truststore.certificates'] = String(tls.ca)
  }
  if (tls?.key !== undefined) {
    options['kafka.ssl.keystore.type'] = 'PEM'
    options['kafka.ssl.keystore.key'] = String(tls.key)
    options['kafka.ssl.keystore.certificate.chain'] = String(tls.cert)
  }
  if (sasl !== undefined) {
    const login = sasl.mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
    const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
    options['kafka.sasl.mechanism'] = sasl.mechanism
    options['kafka.sasl.jaas.config'] =
      `org.apache.kafka.common.security.${login} required username=${quoted(sasl.username)} password=${quoted(sasl.password)};`
  }
  return options
}
