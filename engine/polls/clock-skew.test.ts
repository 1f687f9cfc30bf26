import { expect, test } from 'bun:test'
import { ClockSkew, SKEW_MS_MAX } from './clock-skew.ts'

test('an append says how far the clocks are apart, whatever the network takes', () => {
  const skew = new ClockSkew()
  const after = (takenMs: number) => {
    skew.appended({ sentMs: 1000, confirmedMs: 9000, takenMs })
    return skew.skewMs(9000)
  }
  expect([1000, 5000, 9000].map(after)).toEqual([0, 0, 0])
  expect(after(99_000)).toBe(90_000)
  expect(after(400)).toBe(-600)
})

test('a record that was read says that our clock is behind, for as long as it is, and never that it is ahead', () => {
  const skew = new ClockSkew()
  skew.read(500)
  expect(skew.skewMs(1000)).toBe(0)
  skew.read(4000)
  skew.read(2000)
  expect([1000, 3999, 4000].map((nowMs) => skew.skewMs(nowMs))).toEqual([3000, 1, 0])
})

test('what was measured a minute ago is measured again, by the next append', () => {
  const skew = new ClockSkew()
  skew.appended({ sentMs: 0, confirmedMs: 10, takenMs: 5000 })
  expect([skew.skewMs(60_009), skew.skewMs(60_010)]).toEqual([4990, 0])
})

test('of what was measured and what was read the larger counts; of two of one size our clock is behind', () => {
  const skew = new ClockSkew()
  skew.appended({ sentMs: 1000, confirmedMs: 1000, takenMs: 400 })
  skew.read(1500)
  expect(skew.skewMs(1000)).toBe(-600)
  skew.read(1600)
  expect(skew.skewMs(1000)).toBe(600)
})

test('nothing is known of clocks that nothing was heard of, at any time', () => {
  const skew = new ClockSkew()
  expect([0, 0.5, 1000].map((nowMs) => skew.skewMs(nowMs))).toEqual([0, 0, 0])
})

test('votes are refused beyond a second', () => {
  expect(SKEW_MS_MAX).toBe(1000)
})
