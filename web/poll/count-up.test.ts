import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { CountUp } from './count-up.ts'

test('the first number stands at once', () => {
  const count = new CountUp()
  count.set(5_123_456, 0, 400)
  expect(count.at(0)).toBe(5_123_456)
  expect(count.moving(0)).toBe(false)
})

test('the next is reached in its time, from what is shown', () => {
  const count = new CountUp()
  count.set(100, 0, 400)
  count.set(200, 1_000, 400)
  expect(count.at(1_200)).toBe(150)
  count.set(300, 1_200, 400)
  expect(count.at(1_200)).toBe(150)
  expect(count.at(1_600)).toBe(300)
  expect(count.moving(1_600)).toBe(false)
})

test('a total that only grows is never shown to fall', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ more: fc.nat({ max: 9_999 }), afterMs: fc.nat({ max: 600 }) })),
      (steps) => {
        const count = new CountUp()
        let [total, now, shown] = [0, 0, 0]
        for (const { more, afterMs } of steps) {
          now += afterMs
          total += more
          count.set(total, now, 400)
          for (const at of [now, now + afterMs / 2]) {
            expect(count.at(at)).toBeGreaterThanOrEqual(at === now ? Math.min(shown, total) : 0)
            shown = count.at(now)
          }
        }
        expect(count.at(now + 400)).toBe(total)
      },
    ),
  )
})
