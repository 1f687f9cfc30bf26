import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Producer } from '@platformatic/kafka'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { logContract } from '../../adapters/log/log.contract.ts'
import type { LogTopic } from '../../adapters/log/log.ts'
import { startKafka } from '../../deploy/programs/kafka.ts'
import { readerContract } from '../../services/reader/reader.contract.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { torture } from '../torture/run.ts'
import { kafkaWorld } from '../torture/world-kafka.ts'
import { patientLog } from './patient-log.ts'

/** Those that its contract uses: each partition costs the broker work when it is made, and again after a kill. */
const LOG_CONTRACT_TOPICS = ['ballots', 'control', 'counts', 'posts', 'reactions'] as const

const kafkaIsHere = needs('java') && needs('mvn')

describe.skipIf(!kafkaIsHere)('Kafka', () => {
  let kafka: Awaited<ReturnType<typeof startKafka>>
  let opened = 0
  beforeAll(async () => {
    kafka = await startKafka()
  }, HANG_MS)
  afterAll(() => kafka?.close(), HANG_MS)

  /** New topics without records. */
  async function freshTopics(...topics: LogTopic[]) {
    const address = { brokers: [kafka.address], topicPrefix: `test${opened++}-` }
    await withAdmin(address, (admin) =>
      createTopics(admin, address, { partitions: 3, replication: 1, topics }),
    )
    return { ...address, appendTimeoutMs: 60_000 }
  }

  test("a transaction's marker at the end of a topic keeps nobody waiting", async () => {
    const address = await freshTopics('control')
    const topic = `${address.topicPrefix}control`
    const producer = new Producer({
      clientId: 'another',
      bootstrapBrokers: address.brokers,
      transactionalId: topic,
      idempotent: true,
    })
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: [{ topic, key: Buffer.from('a'), value: Buffer.from('1') }] })
    await transaction.commit()
    await producer.close()
    const log = await patientLog(address)
    // A commit is answered before its markers are written.
    while ((await log.ends('control'))[0] !== 2) await Bun.sleep(10)
    const seen: string[] = []
    const reader = log.consume('control', (batch) => {
      for (const { value } of batch) seen.push(new TextDecoder().decode(value))
    })
    await reader.caughtUp()
    expect(seen).toEqual(['1'])
    expect(await log.ends('control')).toEqual([2])
    await log.close()
  })

  test('a reader that has handled a part of what there is does not count as one that knows all', async () => {
    const log = await patientLog(await freshTopics('control'))
    const value = crypto.getRandomValues(new Uint8Array(60_000))
    // Several times what one fetch brings of a partition.
    for (let i = 0; i < 64; i++) await log.append('control', [{ key: `${i}`, value }])
    let handled = 0
    const before: [number, boolean][] = []
    const reader = log.consume('control', async (batch) => {
      await Promise.resolve()
      before.push([handled, Number.isFinite(reader.behindMs())])
      handled += batch.length
    })
    await reader.whenWithin(60_000)
    expect(handled).toBe(64)
    expect(before.length).toBeGreaterThan(2)
    expect(before.filter(([, isKnown]) => isKnown)).toEqual([])
    await log.close()
  })

  // `npm run torture -- --on kafka --seeds 50` is the long run. The runs mostly wait, so they are concurrent.
  test('processes on Kafka whose adapters fail every way there is leave every sum exact, seeds 1 to 3', async () => {
    const runs = [1, 2, 3].map((seed) => torture(seed, { in: () => kafkaWorld(kafka.address, seed) }))
    for (const { wrong, accepted, votes } of await Promise.all(runs)) {
      expect(wrong).toEqual([])
      expect(accepted).toBeGreaterThan(1000)
      expect(votes).toBeGreaterThan(1)
    }
  })

  readerContract('on Kafka', async () => patientLog(await freshTopics('counts', 'tallies', 'dead-letters')))
  logContract('on Kafka', async () => ({
    open: async ({ isPatient = true } = {}) => {
      const options = {
        ...(await freshTopics(...LOG_CONTRACT_TOPICS)),
        ...(!isPatient && { appendTimeoutMs: 5000 }),
      }
      return { log: await patientLog(options), peer: await patientLog(options) }
    },
    outage: { begin: () => kafka.broker.kill(), end: () => kafka.broker.start() },
  }))
})
