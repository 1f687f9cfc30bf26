import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { openStore } from '../../adapters/registry.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { deliverWindows, launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { postgresFolder, startPostgres } from './postgres.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const WINDOW_MS = 250
const hasPrograms = [needs('java'), needs('mvn'), needs('postgres', postgresFolder() !== undefined)].every(
  Boolean,
)

// They wait for most of their time, each with a PostgreSQL of its own.
describe.skipIf(!hasPrograms).concurrent('delivers whose store is unreachable', () => {
  let kafka: SharedKafka
  beforeAll(async () => {
    kafka = await sharedKafka()
  }, HANG_MS)
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    await kafka?.close()
  }, HANG_MS)

  /** Topics and a database of their own, whoever delivers from them, and what they must come to. */
  async function begin(name: string) {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}${name}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const postgres = await startPostgres()
    later(() => postgres.close())
    const { url } = postgres
    const log = await patientLog(address)
    await log.append('control', [control.encode(DEMO_SHOW)])
    const flags = [...logFlags(address), ...['--store', url, ...deliverWindows(WINDOW_MS)]]
    let versionMs = 1_000_000 * WINDOW_MS
    let total = 0
    return {
      postgres,
      deliver: () => launchRole({ role: 'deliver', flags, later }),
      async count(reactions: number) {
        versionMs += WINDOW_MS
        total += reactions
        const of = { show: 'final', window: versionMs, segment: 'home', sticker: 'heart', version: versionMs }
        await log.append('counts', [
          cells.encode({ ...of, count: reactions }),
          // An unreadable record must not stop anything.
          { key: 'k', value: new TextEncoder().encode('{') },
        ])
      },
      /** Waits until all is counted there. @returns every total that was shown meanwhile */
      async counted({ url }: { url: string }): Promise<number[]> {
        const shown: number[] = []
        const now = async () => {
          const answer = await fetch(`${url}/v1/shows/final/mood`)
          const { at = 0, total = 0 } = (await answer.json()) as Partial<MoodPacket>
          // Before its first packet it has none, which no client takes for a newer one.
          if (at > 0) shown.push(total)
          return total
        }
        expect(await until(now, (shownNow) => shownNow >= total)).toBe(total)
        return shown
      },
      async end() {
        const store = await openStore(url)
        const { totals } = await store.counts('final')
        expect(totals.map(({ count }) => count)).toEqual([total])
        await store.close()
        await log.close()
      },
    }
  }
  /** What it says of itself; empty: it does not answer yet. */
  const readiness = ({ url }: { url: string }) =>
    fetch(`${url}/readyz`).then(
      (answer) => answer.text(),
      () => '',
    )
  const isWaiting = (deliver: { url: string }) =>
    until(
      () => readiness(deliver),
      (said) => /the store (failed|did not answer)/.test(said),
    )

  test('stopped or killed then, they forget nothing: the next one counts what they could not store', async () => {
    const { postgres, deliver, count, counted, end } = await begin('unreachable')
    let active = await deliver()
    await active.until(200)
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await count(7)
      await counted(active)
      postgres.freeze()
      await count(100)
      await active.until(503)
      expect(await readiness(active)).toContain('the store did not answer')
      active.child.kill(signal)
      await active.child.exited
      postgres.thaw()
      active = await deliver()
      await active.until(200)
      await count(10)
      await counted(active)
    }
    // A standby that must take over while the store refuses it waits, and continues by itself.
    const standby = await deliver()
    await until(() => readiness(standby))
    postgres.refuse()
    active.child.kill('SIGKILL')
    await active.child.exited
    await count(3)
    await isWaiting(standby)
    expect(standby.child.exitCode).toBeNull()
    postgres.letIn()
    await standby.until(200)
    await counted(standby)
    await end()
  })

  test('killed while it fails over to a replica that is behind, they take nothing back: the standby counts again what the replica lacks', async () => {
    const { postgres, deliver, count, counted, end } = await begin('behind')
    let active = await deliver()
    await active.until(200)
    for (const kills of ['before', 'during', 'after'] as const) {
      const standby = await deliver()
      await until(() => readiness(standby))
      const kill = async () => {
        active.child.kill('SIGKILL')
        await active.child.exited
      }
      await count(7)
      await counted(active)
      postgres.replicate()
      await count(100)
      await count(50)
      const seen = (await counted(active)).at(-1)!
      if (kills === 'before') await kill()
      const over = postgres.failOver()
      // It is stopped by now, and starts.
      if (kills === 'during') await kill()
      await count(3)
      await over
      if (kills === 'after') await kill()
      const shown = await counted(standby)
      expect(shown.filter((total) => total < seen)).toEqual([])
      active = standby
    }
    await end()
  })

  test('stopped in the middle of a take-over, they end, and the next one counts everything', async () => {
    const { postgres, deliver, count, counted, end } = await begin('between')
    let active = await deliver()
    await active.until(200)
    for (const [begins, ends] of [
      [() => postgres.refuse(), () => postgres.letIn()],
      [() => postgres.freeze(), () => postgres.thaw()],
    ] as const) {
      const standby = await deliver()
      await until(() => readiness(standby))
      await count(7)
      await counted(active)
      begins()
      active.child.kill('SIGKILL')
      await active.child.exited
      await count(20)
      await isWaiting(standby)
      standby.child.kill('SIGTERM')
      expect(await standby.child.exited).toBe(0)
      ends()
      active = await deliver()
      await active.until(200)
      await counted(active)
    }
    await end()
  })
})
