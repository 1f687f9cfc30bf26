import { expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { isRefusal, type KafkaAddress } from '../../adapters/kafka/connection.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import type { RoarError } from '../../protocol/errors.ts'
import type { Slice } from '../../protocol/slice.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { Counted } from './counted.ts'
import { patientLog } from './patient-log.ts'
import { PASSWORDS, USER } from './secure-kafka.ts'
import type { SparkOnKafka } from './spark-on-kafka.ts'

/** Tests of a Kafka that demands TLS and a password. */
export function secureKafka(on: SparkOnKafka): void {
  const secure = (mechanism: 'PLAIN' | 'SCRAM-SHA-512', password = PASSWORDS[mechanism]): KafkaAddress => ({
    brokers: [on.kafka.secureAddress],
    topicPrefix: `${mechanism.toLowerCase()}-`,
    tls: { ca: on.kafka.ca },
    sasl: { mechanism, username: USER, password },
  })

  test.each(['PLAIN', 'SCRAM-SHA-512'] as const)(
    'lets the log in by %s, for appends, groups and topics',
    async (mechanism) => {
      const address = secure(mechanism)
      await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 2, replication: 1 }))
      const log = await patientLog(address)
      const read = Promise.withResolvers<string>()
      log.consume('posts', ([record]) => read.resolve(new TextDecoder().decode(record!.value)), {
        group: 'deliver',
      })
      await log.append('posts', [{ key: null, value: new TextEncoder().encode('secret') }])
      expect(await read.promise).toBe('secret')
      await log.close()
    },
  )

  test('lets Spark in by the same settings', async () => {
    const address = { ...secure('PLAIN'), topicPrefix: 'spark-' }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const log = await patientLog(address)
    const counted = new Counted(log)
    const aggregate = startSparkAggregate({
      spark: on.spark.address,
      jobs: [reactionJob({ kafka: address, checkpoint: `${on.spark.checkpoints}/secure` })],
      logger: pino({ level: 'silent' }),
      clock: systemClock,
    })
    const entries = { segment: ['home'], sticker: ['heart'], count: [7] }
    const slice: Slice = { show: 'final', producer: 'in-1', sequence: 1, from: 0, to: 0, ...entries }
    await log.append('reactions', [{ key: null, value: new TextEncoder().encode(JSON.stringify(slice)) }])
    await counted.until(({ total }) => total === 7)
    await aggregate.stop()
    await log.close()
  })

  // A refusal ends it; the limit is for a busy machine, on which a broker takes long to authenticate anybody.
  const refusalOf = (address: KafkaAddress): Promise<RoarError> =>
    openKafkaLog({ ...address, appendTimeoutMs: 15_000 }).then(
      (log) => log.close().then(() => expect.unreachable()),
      (error: RoarError) => error,
    )

  test('a wrong password, no password and an unknown authority are each refused in a sentence', async () => {
    const wrong = await refusalOf(secure('SCRAM-SHA-512', 'guess'))
    expect(wrong.code).toBe('log_unavailable')
    expect(wrong.message).toMatch(/authentication/i)
    const { sasl: _, ...without } = secure('PLAIN')
    expect(await refusalOf(without)).toMatchObject({
      code: 'log_unavailable',
      message: expect.stringContaining('lets nobody in without kafka-sasl'),
    })
    const stranger = await refusalOf({ ...secure('PLAIN'), tls: {} })
    expect(stranger.message).toMatch(/certificate/i)
    const { tls: __, ...plain } = secure('PLAIN')
    // A start waits for none of these: somebody has to put it right.
    expect([wrong, stranger, await refusalOf(plain)].map(isRefusal)).toEqual([true, true, true])
    expect(wrong.message).not.toContain('guess')
  })
}
