import { expect, test } from 'bun:test'
import { systemClock } from '../../adapters/clock/clock.ts'
import type { GuestAnswer, MoodPacket } from '../../protocol/packets.ts'
import { startRoarIn, temporaryFolder } from '../embedded.ts'

/** No window ends while this runs: only the drain can flush what viewers sent. */
const NO_WINDOW = ['--window-ms', '60000', '--viewer-per-second', '0']

test('a drain passes on every tap, whatever was in hand where', async () => {
  using folder = temporaryFolder()
  const first = await startRoarIn(folder.path, systemClock, ...NO_WINDOW)
  const { token } = (await (await fetch(`${first.url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
  const tap = () =>
    fetch(`${first.url}/v1/shows/final/reactions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"stickers":{"heart":1}}',
    })
  const answers = await Promise.all(Array.from({ length: 50 }, tap))
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(50)
  expect(await first.drain()).toBe(true)
  const second = await startRoarIn(folder.path, systemClock, ...NO_WINDOW)
  const packet = (await (await fetch(`${second.url}/v1/shows/final/mood`)).json()) as MoodPacket
  expect(packet.total).toBe(50)
  await second.drain()
})
