import { expect, test } from 'bun:test'
import { SlowDown } from './slow-down.ts'

const slow = () => new SlowDown({ perSecond: 10, burst: 5, delayMsMax: 3000 })

test('a burst goes at once, then each waits for those before it, up to the longest wait', () => {
  const limit = slow()
  expect(Array.from({ length: 8 }, () => limit.delayMs('a', 0))).toEqual([0, 0, 0, 0, 0, 100, 200, 300])
  for (let i = 0; i < 100; i++) limit.delayMs('a', 0)
  expect(limit.delayMs('a', 0)).toBe(3000)
  expect(limit.delayMs('b', 0)).toBe(0)
})

test('who comes no more often than the rate waits no longer, and after a while not at all', () => {
  const limit = slow()
  for (let i = 0; i < 20; i++) limit.delayMs('a', 0)
  expect(limit.delayMs('a', 100)).toBe(1500)
  expect(limit.delayMs('a', 200)).toBe(1500)
  expect(limit.delayMs('a', 5000)).toBe(0)
})

test('a clock that is set back keeps nobody waiting for its former time', () => {
  const limit = slow()
  for (let i = 0; i < 20; i++) limit.delayMs('a', 1e9)
  expect(limit.delayMs('a', 0)).toBe(0)
})

test('0 a second is no limit', () => {
  const limit = new SlowDown({ perSecond: 0, burst: 1, delayMsMax: 3000 })
  expect(Array.from({ length: 9 }, () => limit.delayMs('a', 0))).toEqual(Array(9).fill(0))
})

test('a key whose queue is as long as it can be waits the longest, also a millisecond earlier', () => {
  const limit = new SlowDown({ perSecond: 1, burst: 1, delayMsMax: 2000 })
  for (let i = 0; i < 9; i++) limit.delayMs('a', 10_000)
  // Its queue is empty at 13,000. Seen from 9,999 that is a rounding; from 9,998 the clock was set back.
  expect(limit.delayMs('a', 9_999)).toBe(2000)
  for (let i = 0; i < 9; i++) limit.delayMs('b', 10_000)
  expect(limit.delayMs('b', 9_998)).toBe(0)
})

test('without a rate nobody waits, whatever the burst and the longest wait', () => {
  const limit = new SlowDown({ perSecond: 0, burst: 0, delayMsMax: 3000 })
  expect([1, 2, 3].map(() => limit.delayMs('a', 7))).toEqual([0, 0, 0])
})
