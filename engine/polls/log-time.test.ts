import { expect, test } from 'bun:test'
import { LogTime } from './log-time.ts'

const HOUR_MS = 3_600_000

test('a clock that agrees with the log is believed, however slowly records come and clocks drift', () => {
  const time = new LogTime()
  expect(time.now(5_000_000, 100)).toBe(5_000_000)
  time.heard(4_999_200, 100)
  expect(time.now(5_000_000, 100)).toBe(5_000_000)
  // Half a second in an hour.
  expect(time.now(5_000_500 + HOUR_MS, 100 + HOUR_MS)).toBe(5_000_500 + HOUR_MS)
})

test.each([
  ['ahead', HOUR_MS],
  ['behind', -90_000],
])('a clock that is %s is put right by what was read, as time passes, also when it is set', (_, offMs) => {
  const time = new LogTime()
  time.heard(10_000, 0)
  expect(time.now(10_000 + offMs, 0)).toBe(10_000)
  expect(time.now(15_000 + offMs, 5_000)).toBe(15_000)
  expect(time.now(15_000, 5_000)).toBe(15_000)
  expect(time.now(15_000 - offMs, 5_000)).toBe(15_000)
})

test('a clock near the bound is believed or not, and does not take turns with the log’s', () => {
  const time = new LogTime()
  time.heard(10_000, 0)
  expect(time.now(10_999, 0)).toBe(10_999)
  expect(time.now(11_001, 0)).toBe(10_000)
  expect(time.now(10_999, 0)).toBe(10_000)
  expect(time.now(9_001, 0)).toBe(10_000)
  expect(time.now(10_500, 0)).toBe(10_500)
  expect(time.now(10_999, 0)).toBe(10_999)
})

test('a record that took long to arrive takes nothing back, and the log’s clock that was set back is followed', () => {
  const time = new LogTime()
  time.heard(100_000, 0)
  time.heard(70_000, 1_000)
  expect(time.now(0, 1_000)).toBe(101_000)
  for (const passedMs of [60_000, 120_000]) time.heard(10_000 + passedMs, passedMs)
  expect(time.now(0, 120_000)).toBe(130_000)
})

test('of two records the one that says the later time of now counts, whichever was read first', () => {
  for (const [first, second] of [
    [30_000, 50_000],
    [50_000, 70_000],
    [50_000, 85_000],
  ] as const) {
    const time = new LogTime()
    time.heard(first, 10_000)
    time.heard(second, 40_000)
    expect(time.now(0, 50_000)).toBe(Math.max(first + 40_000, second + 10_000))
  }
})
