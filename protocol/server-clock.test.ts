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

test('the least late of the last 240 packets decides, and an older one is forgotten', () => {
  const clock = new ServerClock()
  const packet = (lateMs: number) => clock.packet({ at: 1_000_000, ms: 250 }, 1_000_250 + lateMs)
  packet(0)
  packet(1000)
  for (let i = 0; i < 239; i++) packet(5000)
  expect(clock.now(0)).toBe(-1000)
  packet(5000)
  expect(clock.now(0)).toBe(-5000)
})

test('a correction of a quarter of a second is not worth a jump, one more millisecond is', () => {
  const clock = new ServerClock()
  const packet = (aheadMs: number) => clock.packet({ at: 1_000_000 + aheadMs, ms: 250 }, 1_000_250)
  packet(0)
  packet(250)
  expect(clock.now(0)).toBe(0)
  packet(251)
  expect(clock.now(0)).toBe(251)
})

test('after a gap the next packet is not believed, and the one after it is', () => {
  const clock = new ServerClock()
  const packet = (aheadMs: number) => clock.packet({ at: 1_000_000 + aheadMs, ms: 250 }, 1_000_250)
  packet(0)
  packet(1000)
  expect(clock.now(0)).toBe(1000)
  clock.reconnected()
  packet(9000)
  expect(clock.now(0)).toBe(1000)
  packet(2000)
  expect(clock.now(0)).toBe(2000)
  packet(2100)
  expect(clock.now(0)).toBe(2000)
})

test('of many packets after a gap only the first is not believed', () => {
  const clock = new ServerClock()
  for (const aheadMs of [9000, 1000, 2000, 3000])
    clock.packet({ at: 1_000_000 + aheadMs, ms: 250 }, 1_000_250)
  expect(clock.now(0)).toBe(3000)
})
