import { expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import type { GuestAnswer, MoodPacket } from '../../protocol/packets.ts'
import { startRoarAt, startRoarIn, temporaryFolder } from '../../test/embedded.ts'
import { until } from '../../test/until.ts'
import { assemble } from '../assembly/assemble.ts'
import { readConfig } from '../config.ts'
import { up } from './up.ts'

const HOUR_MS = 3_600_000

test('a clock that is set back by an hour stops no packet, refuses nobody, and `at` still only grows', async () => {
  let aheadMs = HOUR_MS
  const clock = { ...systemClock, now: () => Date.now() + aheadMs }
  const roar = await startRoarAt(
    clock,
    '--viewer-per-second',
    '100',
    '--viewer-burst',
    '100',
    '--window-ms',
    '50',
  )
  const show = `${roar.url}/v1/shows/final`
  try {
    const { token } = (await (
      await fetch(`${roar.url}/v1/viewers`, { method: 'POST' })
    ).json()) as GuestAnswer
    const tap = () =>
      fetch(`${show}/reactions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: '{"stickers":{"heart":1}}',
      })
    /** The packet with this total that says the silence after it. */
    async function silence(total: number): Promise<MoodPacket> {
      for (;;) {
        const packet = (await (await fetch(`${show}/mood`)).json()) as MoodPacket
        if (packet.total === total && packet.n === 0) return packet
        await Bun.sleep(10)
      }
    }
    expect((await tap()).status).toBe(202)
    const before = await silence(1)
    expect((await tap()).status).toBe(202)
    aheadMs = 0
    const after = await silence(2)
    expect(after.at).toBeGreaterThan(before.at)
    expect((await tap()).status).toBe(202)
    const last = await silence(3)
    expect(last.at).toBeGreaterThan(after.at)
  } finally {
    await roar.stop()
  }
})

test('counts that were made by a clock that was ahead are said at the next start, and go on', async () => {
  using folder = temporaryFolder()
  const ahead = { ...systemClock, now: () => Date.now() + HOUR_MS }
  const first = await startRoarIn(folder.path, ahead, '--viewer-per-second', '0')
  const token = (url: string) =>
    fetch(`${url}/v1/viewers`, { method: 'POST' }).then((answer) => answer.json())
  const tapped = async (url: string, total: number) => {
    const headers = { authorization: `Bearer ${((await token(url)) as GuestAnswer).token}` }
    const body = '{"stickers":{"heart":1}}'
    await fetch(`${url}/v1/shows/final/reactions`, { method: 'POST', headers, body })
    const mood = async () => (await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket
    return until(mood, (packet) => packet.total === total)
  }
  const before = await tapped(first.url, 1)
  await first.drain()
  const said: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => said.push(JSON.parse(line).msg) })
  const config = readConfig({
    argv: ['--port', '0', '--data', folder.path, '--viewer-per-second', '0'],
    env: {},
  })
  const again = await assemble({ ...up, config, logger })
  expect(said).toEqual([
    expect.stringMatching(/^what was counted before ends at \S+Z, and counting goes on from there/),
  ])
  expect((await tapped(again.url, 2)).at).toBeGreaterThan(before.at)
  await again.drain()
})
