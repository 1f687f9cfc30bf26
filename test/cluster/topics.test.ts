import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import { crucialDifferences } from '../../adapters/kafka/admin.ts'
import { commands } from '../../cli/commands/topics.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { runCommand } from '../command-line.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { patientLog } from './patient-log.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const topics = (...argv: string[]) => runCommand(commands, 'topics', argv)

describe.skipIf(!(needs('java') && needs('mvn')))('roar topics', () => {
  let kafka: SharedKafka
  let admin: Admin
  let one: string[]
  beforeAll(async () => {
    kafka = await sharedKafka()
    admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafka.address] })
    const log = ['--log', `kafka://${kafka.address}`, '--topic-prefix', kafka.prefix]
    one = [...log, '--replication', '1', '--partitions', '2']
  }, HANG_MS)
  afterAll(async () => {
    await admin?.close()
    await kafka?.close()
  }, HANG_MS)

  const named = (topic: string): string => `${kafka.prefix}${topic}`

  test('a check of a Kafka without topics names each and creates none', async () => {
    const { code, out } = await topics(...one, '--check')
    expect(code).toBe(1)
    for (const topic of [
      'reactions',
      'counts',
      'posts',
      'held',
      'control',
      'ballots',
      'sightings',
      'cuts',
      'tallies',
      'rooms',
      'room-moments',
      'dead-letters',
    ]) {
      expect(out).toContain(`${named(topic)} is missing\n`)
    }
    const there = await admin.listTopics({})
    expect(there.filter((name) => name.startsWith(kafka.prefix))).toEqual([])
  })

  test('what it creates passes its own check, and again creates nothing', async () => {
    const first = await topics(...one)
    expect(first.out.match(/^created /gm)).toHaveLength(12)
    expect(first.code).toBe(0)
    const second = await topics(...one)
    expect(second.out).not.toContain('created')
    expect((await topics(...one, '--check')).code).toBe(0)
  })

  test('a check names each setting that differs, as it is and as it should be', async () => {
    await admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: named('reactions'),
          configs: [
            { name: 'message.timestamp.type', value: 'CreateTime', configOperation: 0 },
            { name: 'retention.ms', value: '60000', configOperation: 0 },
            { name: 'max.message.bytes', value: '1000', configOperation: 0 },
          ],
        },
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: named('counts'),
          configs: [{ name: 'cleanup.policy', value: 'delete,compact', configOperation: 0 }],
        },
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: named('ballots'),
          configs: [
            { name: 'retention.ms', value: '3600000', configOperation: 0 },
            { name: 'retention.bytes', value: '1073741824', configOperation: 0 },
          ],
        },
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: named('posts'),
          configs: [{ name: 'retention.ms', value: '-1', configOperation: 0 }],
        },
      ],
    })
    const { code, out } = await topics(...one, '--check')
    expect(code).toBe(1)
    expect(out).toContain(
      `${named('reactions')}: message.timestamp.type is CreateTime, should be LogAppendTime\n`,
    )
    expect(out).toContain(`${named('reactions')}: retention.ms is 60000, should be 86400000\n`)
    expect(out).toContain(`${named('reactions')}: max.message.bytes is 1000, should be 1048588\n`)
    // The order of a list does not matter.
    expect(out).not.toContain('cleanup.policy')
    // To keep more does no harm.
    expect(out).not.toContain(`${named('posts')}:`)
    const crucial = await crucialDifferences(admin, { brokers: [kafka.address], topicPrefix: kafka.prefix })
    expect(crucial.map(({ topic, setting }) => `${topic} ${setting}`)).toEqual([
      `${named('reactions')} message.timestamp.type`,
      `${named('reactions')} max.message.bytes`,
      `${named('ballots')} retention.ms`,
      `${named('ballots')} retention.bytes`,
    ])
    const more = await topics(...one.with(-1, '3'), '--check')
    expect(more.out).toContain(`${named('posts')}: partitions is 2, should be 3\n`)
    expect(more.out).not.toContain(`${named('control')}: partitions`)
  })

  test('it shows how much a topic holds and how far each group is behind', async () => {
    const log = await patientLog({ brokers: [kafka.address], topicPrefix: kafka.prefix })
    const record = { key: 'k', value: new Uint8Array(1000) }
    await log.append('counts', [record, record, record])
    const read = Promise.withResolvers<void>()
    const reader = log.consume('counts', () => read.resolve(), { group: 'deliver' })
    await read.promise
    await reader.close()
    await log.append('counts', [record, record])
    await log.close()
    const { out } = await topics(...one)
    expect(out).toMatch(new RegExp(`^${named('counts')} +1 +5 +\\S+ \\S+ +deliver 2$`, 'm'))
  })

  test('a Kafka that does not answer is said in a sentence, with exit code 1', async () => {
    const port = await freePort()
    const { code, error } = await topics('--log', `kafka://127.0.0.1:${port}`)
    expect(code).toBe(1)
    expect(error).toMatch(
      new RegExp(`^roar: Kafka at 127\\.0\\.0\\.1:${port}: nothing listens at 127\\.0\\.0\\.1:${port}\n$`),
    )
  })
})
