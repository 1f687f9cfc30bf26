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

test('what was measured by a clock that was set back since is known no more', () => {
  const skew = new ClockSkew()
  skew.appended({ sentMs: 90_000, confirmedMs: 90_010, takenMs: 5 })
  expect([90_010, 90_009].map((nowMs) => [skew.isMeasured(nowMs), skew.skewMs(nowMs)])).toEqual([
    [true, -89_995],
    [false, 0],
  ])
})

test('the time of the log is ours put right, and never before a record that was read', () => {
  const skew = new ClockSkew()
  skew.appended({ sentMs: 90_000, confirmedMs: 90_010, takenMs: 5 })
  skew.read(10)
  expect([90_010, 90_020].map((nowMs) => skew.logMs(nowMs))).toEqual([15, 25])
  skew.read(20)
  expect([90_010, 90_020].map((nowMs) => skew.logMs(nowMs))).toEqual([20, 25])
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

test("of a clock that jumped the log's says whether it is right now: only where ours is wrong by about as much", () => {
  const skew = new ClockSkew()
  const agrees = (...offsMs: number[]) => offsMs.map((offMs) => skew.agreesWith(offMs, 10_000))
  expect(agrees(0, 500, 90_000)).toEqual([false, false, false])
  skew.read(100_000)
  expect(agrees(90_000, 91_000, 89_000)).toEqual([true, true, true])
  expect(agrees(91_001, 88_999, -90_000, 0)).toEqual([false, false, false, false])
  const right = new ClockSkew()
  right.read(11_000)
  expect(right.agreesWith(1_500, 10_000)).toBe(false)
})

test('votes are refused beyond a second, and it is said which clock is behind', () => {
  const faultOf = (takenMs: number) => {
    const skew = new ClockSkew()
    skew.appended({ sentMs: 50_000, confirmedMs: 50_000, takenMs })
    return skew.fault(50_000)
  }
  expect(SKEW_MS_MAX).toBe(1000)
  expect([49_000, 50_000, 51_000].map(faultOf)).toEqual([undefined, undefined, undefined])
  expect(faultOf(51_001)).toBe("this server's clock is more than 1000 ms behind the log's")
  expect(faultOf(48_999)).toBe("this server's clock is more than 1000 ms ahead of the log's")
})
