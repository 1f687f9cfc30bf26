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
  let clusters = 0
  beforeAll(async () => {
    ;[kafka, postgres] = await Promise.all([startKafka(), startPostgres()])
  }, HANG_MS)
  afterAll(async () => {
    await kafka?.close()
    await postgres?.close()
  }, HANG_MS)

  /** A log, and a store, that delivers go by, and nobody who counts: the test says what was counted. */
  async function cluster() {
    const store = await postgres.database(`store_${clusters}`)
    const closers: (() => unknown)[] = []
    const later = (close: () => unknown) => void closers.push(close)
    const address = { brokers: [kafka.address], topicPrefix: `store${clusters++}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const log = await openKafkaLog(address)
    await log.append('control', [control.encode(DEMO_SHOW)])
    const flags = [
      ...['--log', `kafka://${kafka.address}`, '--topic-prefix', address.topicPrefix],
      ...['--store', store, '--window-ms', `${WINDOW_MS}`],
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
        // Whoever writes what is no record stops nobody.
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
    return {
      ...{ deliver, count, totalAt, counted },
      said: async (url: string) => (await fetch(`${url}/readyz`)).text(),
      /** What the store has is all that was counted. */
      async isKept() {
        const kept = await openStore(store)
        const { totals } = await kept.counts('final')
        expect(totals.map(({ count }) => count)).toEqual([total])
        await kept.close()
      },
      async end() {
        await log.close()
        for (const close of closers.reverse()) await close()
      },
    }
  }

  test(
    'stopped or killed then, they forget nothing: the next one counts what they could not store',
    async () => {
      const { deliver, count, counted, said, isKept, end } = await cluster()
      let active = await deliver()
      await active.until(200)
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await count(7)
        await counted(active.url)
        postgres.freeze()
        await count(100)
        await active.until(503)
        expect(await said(active.url)).toContain('the store did not answer')
        active.child.kill(signal)
        await active.child.exited
        postgres.thaw()
        active = await deliver()
        await active.until(200)
        await count(10)
        await counted(active.url)
      }
      // One that has to take over while the store refuses it waits, and goes on by itself.
      const standby = await deliver()
      await until(() => fetch(`${standby.url}/readyz`).catch(() => undefined))
      postgres.refuse()
      active.child.kill('SIGKILL')
      await active.child.exited
      await count(3)
      await until(
        () => said(standby.url),
        (text) => text.includes('the store failed'),
      )
      expect(standby.child.exitCode).toBeNull()
      postgres.letIn()
      await standby.until(200)
      await counted(standby.url)

      await isKept()
      await end()
    },
    HANG_MS,
  )

  test(
    'a PostgreSQL that fails over to a replica that is behind takes no count back, nor a total that a viewer saw',
    async () => {
      const { deliver, count, totalAt, counted, isKept, end } = await cluster()
      let active = await deliver()
      await active.until(200)
      for (const activeEnds of [true, false]) {
        await count(7)
        await counted(active.url)
        postgres.replicate()
        await count(100)
        await count(50)
        await counted(active.url)
        const seen = await totalAt(active.url)
        if (activeEnds) {
          const standby = await deliver()
          active.child.kill('SIGKILL')
          await active.child.exited
          active = standby
        }
        await postgres.failOver()
        await active.until(200)
        expect(await totalAt(active.url)).toBeGreaterThanOrEqual(seen)
        await count(3)
        await counted(active.url)
        await isKept()
      }
      active.child.kill('SIGTERM')
      expect(await active.said()).toContain(
        '150 reactions that had been counted were counted again from the log',
      )
      expect(await active.child.exited).toBe(0)
      await end()
    },
    HANG_MS,
  )
})
