import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { type KafkaAddress, topicName } from '../../adapters/kafka/connection.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import { TOPIC_RULES } from '../../adapters/kafka/topics.ts'
import type { Log, LogTopic } from '../../adapters/log/log.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { STEP_MS, type World } from './world.ts'

/**
 * Topics of its own on a real broker, which many worlds share, and the time that really passes: a seed is the same script
 * with the same faults at the same calls, but not to the millisecond. Every process has its own clients.
 * @param database A PostgreSQL of its own. Default: the store is in memory.
 */
export async function kafkaWorld(broker: string, seed: number, database?: string): Promise<World> {
  const address: KafkaAddress = { brokers: [broker], topicPrefix: `seed${seed}-` }
  await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
  const store = database === undefined ? new MemoryStore() : await openPostgresStore(database)
  const machine = new ManualClock(Date.now())
  const logs: Log[] = []
  const beganMs = performance.now()
  let passedMs = 0
  let offMs = 0
  const jump = (ms: number) => {
    // What waits is due when it was: timers do not go by the hands.
    machine.setBack(-ms)
    offMs += ms
  }
  return {
    // As in every process: the broker's clock does not jump with this one.
    clock: new SteadyClock(machine),
    times: { faultsMs: 4_000, recoveryMs: 60_000, limitMs: 400, lateMs: 1_200 },
    store,
    async open() {
      const log = await openKafkaLog(address)
      logs.push(log)
      return { log, cut: () => log.close() }
    },
    async pass() {
      await Bun.sleep(STEP_MS)
      const nowMs = Math.floor(performance.now() - beganMs)
      machine.advance(nowMs - passedMs)
      passedMs = nowMs
    },
    jump,
    setRight: () => jump(-offMs),
    async close() {
      await Promise.all(logs.map((log) => log.close()))
      await store.close()
      const topics = (Object.keys(TOPIC_RULES) as LogTopic[]).map((topic) => topicName(address, topic))
      await withAdmin(address, (admin) => admin.deleteTopics({ topics }))
    },
  }
}
