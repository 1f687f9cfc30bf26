import { afterAll, beforeAll, describe } from 'bun:test'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import { logContract } from '../../adapters/log/log.contract.ts'
import { startKafka } from '../../deploy/programs/kafka.ts'
import { readerContract } from '../../services/reader/reader.contract.ts'
import { needs } from '../needs.ts'

const kafkaIsHere = needs('java') && needs('mvn')

describe.skipIf(!kafkaIsHere)('Kafka', () => {
  let kafka: Awaited<ReturnType<typeof startKafka>>
  let opened = 0
  beforeAll(async () => {
    kafka = await startKafka()
  }, 120_000)
  afterAll(() => kafka?.close(), 60_000)

  /** Topics of its own, which nobody has written to. */
  async function freshTopics() {
    const address = { brokers: [kafka.address], topicPrefix: `test${opened++}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 3, replication: 1 }))
    return { ...address, appendTimeoutMs: 1500 }
  }

  readerContract('on Kafka', async () => openKafkaLog(await freshTopics()))
  logContract(
    'on Kafka',
    async () => ({
      open: async () => {
        const options = await freshTopics()
        return { log: await openKafkaLog(options), peer: await openKafkaLog(options) }
      },
      outage: { begin: () => kafka.broker.kill(), end: () => kafka.broker.start() },
    }),
    { timeoutMs: 20_000 },
  )
})
