import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MOOD_BYTES_MAX } from './limits.ts'
import { encodeMood, type MoodPacket, type TopEntry } from './packets.ts'

const DEMO_STICKERS = ['heart', 'six', 'four', 'wicket', 'clap', 'fire', 'wow', 'cup']

test("a mood packet of the demo's eight stickers with counts in millions is whole and within 256 bytes", () => {
  const top = DEMO_STICKERS.map((sticker, i): TopEntry => [sticker, 9_876_543 - i, 15])
  const packet: MoodPacket = { at: 1_795_349_712_000, ms: 250, n: 79_012_316, total: 9_876_543_210, top }
  const json = encodeMood(packet)
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MOOD_BYTES_MAX)
  expect(JSON.parse(json)).toEqual(packet)
})

test('any mood packet is within 256 bytes, its counts whole, its top cut from the end', () => {
  const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const entry = fc.tuple(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/), count, fc.nat({ max: 999 }))
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 64 }),
      count,
      count,
      fc.constantFrom(undefined, 1 / 64),
      (top, n, total, sample) => {
        const packet: MoodPacket = { at: 1_795_349_712_000, ms: 60_000, n, total, top }
        if (sample !== undefined) packet.sample = sample
        const json = encodeMood(packet)
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MOOD_BYTES_MAX)
        const sent = JSON.parse(json) as MoodPacket
        expect(sent).toMatchObject({ at: packet.at, n, total })
        expect(sent.top).toEqual(top.slice(0, sent.top.length))
        expect(sent.sample).toBe(sample)
      },
    ),
  )
})
