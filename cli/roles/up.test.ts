import { expect, test } from 'bun:test'
import { systemClock } from '../../adapters/clock/clock.ts'
import type { GuestAnswer, MoodPacket } from '../../protocol/packets.ts'
import { startRoarAt } from '../../test/embedded.ts'

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
