import { expect, test } from 'bun:test'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { held } from '../../protocol/records/held.ts'
import { rooms } from '../../protocol/records/rooms.ts'
import { startRoarIn, temporaryFolder } from '../embedded.ts'
import { PRODUCER, SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { until } from '../until.ts'

const PAGE_BYTES = 16384
/** More than a page has. */
const RECORDS = Array.from({ length: 500 }, (_, i) => i)

test('a server whose rooms and held posts cannot be read refuses those, and starts, counts and takes posts down', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'log.db')
  const log = new SqliteLog(file, { clock: systemClock })
  const by = { show: 'final', viewer: 'ada', name: 'Ada', at: systemClock.now() }
  const made = { ...by, kind: 'made', by: '', invite: 'i' } as const
  const event = (i: number) => ({ ...made, id: `e${i}`, room: `room-${i}`, channel: `room-${i}` })
  await log.append(
    'rooms',
    RECORDS.map((i) => rooms.encode(event(i))),
  )
  await log.append(
    'held',
    RECORDS.map((i) => held.encode({ ...by, id: `post-${i}`, text: 'well' })),
  )
  await log.close()
  const whole = readFileSync(file)
  const bytes = openSync(file, 'r+')
  // The last: the first page of a table, which it began on, has them as remains.
  for (const text of ['"room-1"', '"post-1"'])
    writeSync(bytes, new Uint8Array(PAGE_BYTES), 0, PAGE_BYTES, whole.lastIndexOf(text) & -PAGE_BYTES)
  closeSync(bytes)

  const roar = await startRoarIn(folder.path, systemClock, '--auth-secret', SECRET)
  const { request } = votingClient(roar.url)
  const statusOf = async (...given: Parameters<typeof request>) => (await request(...given)).status
  const studio = '/v1/studio/shows/final/posts'
  expect(await statusOf('GET', '/v1/shows/final/rooms/room-1', tokenOf('ben'))).toBe(503)
  expect(await statusOf('POST', '/v1/shows/final/rooms', tokenOf('ben'))).toBe(503)
  expect(await statusOf('GET', `${studio}?held`, PRODUCER)).toBe(503)
  expect(await statusOf('DELETE', `${studio}/post-1`, PRODUCER)).toBe(200)
  expect(await statusOf('POST', '/v1/shows/final/reactions', undefined, { stickers: { heart: 3 } })).toBe(202)
  const mood = async () => (await (await request('GET', '/v1/shows/final/mood')).json()) as { total: number }
  await until(mood, ({ total }) => total === 3)
  expect(await roar.drain()).toBe(true)
})
