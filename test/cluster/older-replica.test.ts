import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { startDeliver } from '../../services/deliver/deliver.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

const WINDOW_MS = 250

describe.skipIf(!needs('postgres', postgresFolder() !== undefined))('a PostgreSQL that fails over', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  }, HANG_MS)
  afterAll(() => postgres?.close(), HANG_MS)

  test('to a replica that is behind takes no count back, nor a total that a viewer saw: not of who goes on, nor of who takes over', async () => {
    const url = await postgres.database('failing_over')
    const clock = systemClock
    const said: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) })
    const log = new MemoryLog({ clock })
    await log.append('control', [control.encode(DEMO_SHOW)])
    const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
    await directory.caughtUp()
    const rooms = new RoomDirectory({ log, directory, clock, logger, health: UNSUPERVISED })
    const pubsub = memoryPubSub()
    const moods: MoodPacket[] = []
    pubsub.subscribe('roar/final/mood', ({ payload }) => {
      const mood = JSON.parse(new TextDecoder().decode(payload)) as MoodPacket
      // As a client ignores older packets.
      if (mood.at > (moods.at(-1)?.at ?? 0)) moods.push(mood)
    })
    const open = async () => {
      const store = await openPostgresStore(url)
      const given = { log, store, pubsub, directory, rooms, clock, logger, health: UNSUPERVISED }
      const deliver = startDeliver({ ...given, windowMs: WINDOW_MS })
      return { deliver, store }
    }
    let versionMs = 1_000_000 * WINDOW_MS
    let total = 0
    const count = async (reactions: number) => {
      versionMs += WINDOW_MS
      total += reactions
      const of = { show: 'final', window: versionMs, segment: 'home', sticker: 'heart', version: versionMs }
      await log.append('counts', [cells.encode({ ...of, count: reactions })])
      await until(() => moods.at(-1)?.total === total)
    }
    let active = await open()
    for (const takesOver of [false, true]) {
      await count(7)
      postgres.replicate()
      await count(100)
      await count(50)
      await postgres.failOver()
      if (takesOver) {
        const next = await open()
        await active.deliver.drain().catch(() => {})
        await active.store.close()
        active = next
      }
      await count(3)
      const { totals } = await active.store.counts('final')
      expect(totals.map(({ count }) => count)).toEqual([total])
      expect(said.some((line) => line.includes('counted again from the log'))).toBe(true)
    }
    const seen = moods.map((mood) => mood.total)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    await active.deliver.drain()
    await active.store.close()
    await directory.close()
  })
})
