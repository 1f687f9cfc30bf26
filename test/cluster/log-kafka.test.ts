import { describe } from 'bun:test'
import { createTopics, withAdmin } from '../../adapters/log/kafka/admin.ts'
import { logContract } from '../../adapters/log/log.contract.ts'
import { openKafkaLog } from '../../adapters/log/log-kafka.ts'
import { startKafka } from '../../deploy/programs/kafka.ts'
import { needs } from '../needs.ts'

const kafkaIsHere = needs('java') && needs('mvn')

describe.skipIf(!kafkaIsHere)('Kafka', () => {
  logContract(
    'on Kafka',
    async () => {
      const kafka = await startKafka()
      let opened = 0
      return {
        open: async () => {
          const address = { brokers: [kafka.address], topicPrefix: `test${opened++}-` }
          await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 3, replication: 1 }))
          const options = { ...address, appendTimeoutMs: 1500 }
          return { log: await openKafkaLog(options), peer: await openKafkaLog(options) }
        },
        outage: { begin: () => kafka.broker.kill(), end: () => kafka.broker.start() },
        close: kafka.close,
      }
    },
    { timeoutMs: 20_000 },
  )
})
