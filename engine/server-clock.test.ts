import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ServerClock } from './server-clock.ts'

test('the own clock is believed until there is a packet', () => {
  expect(new ServerClock().now(1_000)).toBe(1_000)
})

test('a retained packet of hours ago does not turn the clock back', () => {
  const clock = new ServerClock()
  clock.packet({ at: 0, ms: 250 }, 7_200_000)
  expect(clock.now(7_200_000)).toBe(7_200_000)
  clock.packet({ at: 7_200_000, ms: 250 }, 7_200_300)
  clock.reconnected()
  clock.packet({ at: 0, ms: 250 }, 7_300_000)
  expect(clock.now(7_300_000)).toBe(7_300_000)
})

test('a clock that is wrong by any amount is right within the least delay, and does not jump for a little', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -90_000_000, max: 90_000_000 }),
      fc.array(fc.integer({ min: 20, max: 200 }), { minLength: 2, maxLength: 50 }),
      (wrongMs, delaysMs) => {
        const clock = new ServerClock()
        let serverNow = 1_800_000_000_000
        for (const delayMs of delaysMs) {
          serverNow += 250
          clock.packet({ at: serverNow - 250, ms: 250 }, serverNow + delayMs + wrongMs)
        }
        expect(Math.abs(clock.now(serverNow + wrongMs) - serverNow)).toBeLessThanOrEqual(250)
      },
    ),
  )
})
