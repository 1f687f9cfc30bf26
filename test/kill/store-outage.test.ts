import { describe, expect, test } from 'bun:test'
import { openStore } from '../../adapters/registry.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { postgresFolder, startPostgres } from '../cluster/postgres.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { spawnRoar } from '../roar-process.ts'
import { until } from '../until.ts'

/** How long the store is unreachable. `OUTAGE_MS=60000 TAPS_PER_SECOND=5000` is the long run. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 1000)
const TAPS_PER_SECOND = Number(process.env.TAPS_PER_SECOND ?? 2000)
const STICKERS = Array.from({ length: 24 }, (_, i) => `sticker-${i}`)
const SEGMENTS = Array.from({ length: 8 }, (_, i) => `segment-${i}`)
const TAPS_A_REQUEST = STICKERS.length

/** Taps every sticker for each segment in turn, at a rate, and counts the accepted taps. */
function tapping(url: string) {
  let accepted = 0
  let stopped = false
  const stickers = Object.fromEntries(STICKERS.map((sticker) => [sticker, 1]))
  const done = (async () => {
    const startMs = Date.now()
    for (let sent = 0; !stopped; sent++) {
      const body = JSON.stringify({ stickers, segment: SEGMENTS[sent % SEGMENTS.length] })
      const { status } = await fetch(`${url}/v1/shows/big/reactions`, { method: 'POST', body })
      // Taps are folded and wait, whatever the store does.
      expect(status).toBe(202)
      accepted += TAPS_A_REQUEST
      const dueMs = startMs + (1000 * accepted) / TAPS_PER_SECOND
      if (dueMs > Date.now()) await Bun.sleep(dueMs - Date.now())
    }
  })()
  return {
    async stop() {
      stopped = true
      await done
      return accepted
    },
  }
}

const readiness = async (url: string, purpose: string): Promise<number> =>
  (await fetch(`${url}/readyz/${purpose}`)).status

const totalOf = async (url: string) =>
  ((await (await fetch(`${url}/v1/shows/big/mood`)).json()) as MoodPacket).total

describe.skipIf(!needs('postgres', postgresFolder() !== undefined))('PostgreSQL under taps', () => {
  test(
    'hung, restarted and refused by its password: all that was accepted is counted, and readiness is true at each moment',
    async () => {
      using data = temporaryFolder()
      const postgres = await startPostgres()
      const store = await openStore(postgres.url)
      const big = {
        show: 'big',
        title: 'A big show',
        stickers: STICKERS.map((sticker) => ({ sticker, title: sticker, emoji: '🏏' })),
        segments: SEGMENTS.map((segment) => ({ segment, title: segment })),
        version: 1,
      }
      await store.saveShow(big, { replaces: 0 })
      await store.close()
      const roar = await spawnRoar('--data', data.path, '--store', postgres.url, '--log-level', 'silent')
      const { url } = roar
      const taps = tapping(url)
      await until(async () => (await readiness(url, 'packets')) === 200 && (await totalOf(url)) > 0)

      postgres.freeze()
      await until(async () => (await readiness(url, 'packets')) === 503)
      await Bun.sleep(OUTAGE_MS)
      expect(await readiness(url, 'taps')).toBe(200)
      expect(await readiness(url, 'votes')).toBe(200)
      const before = await totalOf(url)
      postgres.thaw()
      await until(async () => (await readiness(url, 'packets')) === 200)
      await until(async () => (await totalOf(url)) > before)

      await postgres.restart()
      postgres.refuse()
      await until(async () => (await readiness(url, 'packets')) === 503)
      await Bun.sleep(OUTAGE_MS)
      expect(await readiness(url, 'taps')).toBe(200)
      postgres.letIn()
      await until(async () => (await readiness(url, 'packets')) === 200)

      const accepted = await taps.stop()
      await until(async () => (await totalOf(url)) >= accepted)
      expect(await totalOf(url)).toBe(accepted)
      roar.process.kill('SIGTERM')
      expect(await roar.process.exited).toBe(0)
      const kept = await openStore(postgres.url)
      const { totals } = await kept.counts('big')
      expect(totals.reduce((sum, { count }) => sum + count, 0)).toBe(accepted)
      await kept.close()
      await postgres.close()
    },
    2 * OUTAGE_MS + HANG_MS,
  )

  test('stopped while the store hangs, the process says what is lost, in bounded time, and ends with 1', async () => {
    using data = temporaryFolder()
    const postgres = await startPostgres()
    const roar = await spawnRoar('--data', data.path, '--store', postgres.url, '--log-level', 'silent')
    postgres.freeze()
    const body = '{"stickers":{"heart":3}}'
    const { status } = await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body })
    expect(status).toBe(202)
    await until(async () => (await readiness(roar.url, 'packets')) === 503)
    roar.process.kill('SIGTERM')
    expect(await roar.process.exited).toBe(1)
    postgres.thaw()
    await postgres.close()
  })
})
