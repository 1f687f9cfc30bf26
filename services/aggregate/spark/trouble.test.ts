import { expect, test } from 'bun:test'
import { SparkError } from '../../../adapters/spark/spark-session.ts'
import { checkVersion, SparkTrouble, troubleOf } from './trouble.ts'

const refused = (message: string) => new SparkError(message, { unreachable: false, cause: undefined })

test.each([
  [
    'org.apache.spark.sql.streaming.StreamingQueryException: [STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE] Provided key schema',
    'belongs to another query',
    true,
  ],
  [
    'Cannot start: Some data may have been lost because they are not available in Kafka any more',
    'retention',
    true,
  ],
  [
    'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.',
    'roar topics',
    false,
  ],
  [
    'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed',
    'TLS and SASL',
    false,
  ],
  [
    'org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment',
    'reach Kafka',
    false,
  ],
  ['something new\nwith a long trace', 'Spark: something new', false],
])('%p is said as a sentence', (said, sentence, final) => {
  const trouble = troubleOf(refused(said), 'sc://spark:15002')
  expect(trouble.message).toContain(sentence)
  expect(trouble.message).not.toContain('\n')
  expect(trouble.final).toBe(final)
})

test('a Spark older than 4.0 is refused by its version, and newer ones are not', () => {
  for (const version of ['3.5.1', '2.4.8', '']) expect(() => checkVersion(version)).toThrow(SparkTrouble)
  for (const version of ['4.0.0', '4.2.0', '5.1.0-SNAPSHOT']) checkVersion(version)
})
