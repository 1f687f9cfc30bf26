import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { BODY_BYTES_MAX, BURST_COUNT_MAX } from '../../protocol/limits.ts'
import { TAPS_WAITING_MAX, waitingTaps } from './taps.ts'

test('no tap is lost or made up: what was taken in leaves in bursts that the server accepts', () => {
  const tap = fc.record({
    sticker: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/),
    count: fc.integer({ min: 1, max: 400 }),
  })
  fc.assert(
    fc.property(fc.array(tap, { maxLength: 200 }), (made) => {
      const taps = waitingTaps()
      const expected: Record<string, number> = {}
      for (const { sticker, count } of made) {
        const taken = taps.add(sticker, count)
        expect(taps.size()).toBeLessThanOrEqual(TAPS_WAITING_MAX)
        if (taken > 0) expected[sticker] = (expected[sticker] ?? 0) + taken
      }
      const sent: Record<string, number> = {}
      while (taps.size()) {
        const burst = taps.take()
        expect(
          JSON.stringify({ stickers: burst, segment: 'x'.repeat(32), sample: 1 / 64 }).length,
        ).toBeLessThan(BODY_BYTES_MAX)
        for (const [sticker, count] of Object.entries(burst)) {
          expect(count).toBeWithin(1, BURST_COUNT_MAX + 1)
          sent[sticker] = (sent[sticker] ?? 0) + count
        }
      }
      expect(sent).toEqual(expected)
      expect(taps.size()).toBe(0)
    }),
  )
})

test('over the bound taps are not taken, and the one who adds is told how many', () => {
  const taps = waitingTaps()
  expect(taps.add('heart', TAPS_WAITING_MAX - 1)).toBe(TAPS_WAITING_MAX - 1)
  expect(taps.add('six', 5)).toBe(1)
  expect(taps.add('six', 1)).toBe(0)
})
