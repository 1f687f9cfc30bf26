import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import { openStore } from '../../adapters/registry.ts'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { HANG_MS } from './hang.ts'
import { launchRole } from './launch-role.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

const WINDOW_MS = 250
const hasPrograms = [needs('java'), needs('mvn'), needs('postgres', postgresFolder() !== undefined)].every(
  Boolean,
)

describe.skipIf(!hasPrograms)('delivers whose store is unreachable', () => {
  let kafka: Kafka
  let postgres: Postgres
  beforeAll(async () => {
    ;[kafka, postgres] = await Promise.all([startKafka(), startPostgres()])
  }, HANG_MS)
  afterAll(async () => {
    await kafka?.close()
    await postgres?.close()
  }, HANG_MS)

  test(
    'stopped or killed then, they forget nothing: the next one counts what they could not store',
    async () => {
      const closers: (() => unknown)[] = []
      const later = (close: () => unknown) => void closers.push(close)
      const address = { brokers: [kafka.address], topicPrefix: 'store-' }
      await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
      const log = await openKafkaLog(address)
      await log.append('control', [control.encode(DEMO_SHOW)])
      const flags = [
        ...['--log', `kafka://${kafka.address}`, '--topic-prefix', address.topicPrefix],
        ...['--store', postgres.url, '--window-ms', `${WINDOW_MS}`],
      ]
      const deliver = () => launchRole({ role: 'deliver', flags, later })
      let versionMs = 1_000_000 * WINDOW_MS
      let total = 0
      const count = async (reactions: number) => {
        versionMs += WINDOW_MS
        total += reactions
        const of = { show: 'final', window: versionMs, segment: 'home', sticker: 'heart', version: versionMs }
        await log.append('counts', [
          cells.encode({ ...of, count: reactions }),
          // An unreadable record must not stop anything.
          { key: 'k', value: new TextEncoder().encode('{') },
        ])
      }
      const totalAt = async (url: string) =>
        ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total
      const counted = async (url: string) =>
        expect(
          await until(
            () => totalAt(url),
            (now) => now >= total,
          ),
        ).toBe(total)
      const readiness = async (url: string) => (await fetch(`${url}/readyz`)).text()

      let active = await deliver()
      await active.until(200)
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await count(7)
        await counted(active.url)
        postgres.freeze()
        await count(100)
        await active.until(503)
        expect(await readiness(active.url)).toContain('the store did not answer')
        active.child.kill(signal)
        await active.child.exited
        postgres.thaw()
        active = await deliver()
        await active.until(200)
        await count(10)
        await counted(active.url)
      }
      // A standby that must take over while the store refuses it waits, and continues by itself.
      const standby = await deliver()
      await until(() => fetch(`${standby.url}/readyz`).catch(() => undefined))
      postgres.refuse()
      active.child.kill('SIGKILL')
      await active.child.exited
      await count(3)
      await until(
        () => readiness(standby.url),
        (said) => said.includes('the store failed'),
      )
      expect(standby.child.exitCode).toBeNull()
      postgres.letIn()
      await standby.until(200)
      await counted(standby.url)

      const store = await openStore(postgres.url)
      const { totals } = await store.counts('final')
      expect(totals.map(({ count }) => count)).toEqual([total])
      await store.close()
      await log.close()
      for (const close of closers.reverse()) await close()
    },
    HANG_MS,
  )
})
