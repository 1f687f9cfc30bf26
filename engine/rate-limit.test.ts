import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { RateLimit } from './rate-limit.ts'

test('a key gets its burst at once and its rate from then on, never more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 }),
      (perSecond, burst, gapsMs) => {
        const limit = new RateLimit({ perSecond, burst })
        const taken: number[] = []
        let now = 1_000_000
        for (const gapMs of gapsMs) {
          now += gapMs
          if (limit.take('a', now) === 0) taken.push(now)
        }
        for (const [i, from] of taken.entries()) {
          for (const [j, to] of taken.entries()) {
            if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(burst + ((to - from) * perSecond) / 1000 + 1e-6)
          }
        }
      },
    ),
  )
})

test('who waits as long as it was told gets through', () => {
  const limit = new RateLimit({ perSecond: 3, burst: 2 })
  expect([limit.take('a', 0), limit.take('a', 0)]).toEqual([0, 0])
  const waitMs = limit.take('a', 0)
  expect(waitMs).toBe(334)
  expect(limit.take('a', waitMs - 1)).toBeGreaterThan(0)
  expect(limit.take('a', waitMs)).toBe(0)
})

test('one key never spends the tokens of another', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 })
  limit.take('a', 0)
  expect(limit.take('a', 0)).toBeGreaterThan(0)
  expect(limit.take('b', 0)).toBe(0)
})

test('no rate is no limit', () => {
  const limit = new RateLimit({ perSecond: 0, burst: 1 })
  for (let i = 0; i < 1000; i++) expect(limit.take('a', 0)).toBe(0)
})

test('keys are bounded, and forgetting one lets more through, never less', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1, keysMax: 2 })
  for (const key of ['a', 'b', 'c']) limit.take(key, 0)
  expect(limit.take('c', 0)).toBeGreaterThan(0)
  expect(limit.take('a', 0)).toBe(0)
})

test('a clock that is set back refuses nobody for longer than before', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 3 })
  for (let i = 0; i < 3; i++) expect(limit.take('a', 10_000_000)).toBe(0)
  expect(limit.take('a', 10_000_000)).toBe(100)
  for (let i = 0; i < 3; i++) expect(limit.take('a', 5_000_000)).toBe(0)
  expect(limit.take('a', 5_000_000)).toBe(100)
})

test('a bucket that is fuller than it can be is of before the clock was set back: it is full then', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 2 })
  limit.take('a', 100_000)
  // It was full again at 101,000. Seen from 98,999 that is later than an empty bucket can be, from 98,998.9 too.
  expect(limit.take('a', 98_999, 2)).toBeGreaterThan(0)
  expect(limit.take('a', 98_998, 2)).toBe(0)
})

test('a limit says its quota and the seconds in which an empty bucket is full again', () => {
  expect(new RateLimit({ perSecond: 2, burst: 5 })).toMatchObject({ quota: 5, windowS: 3 })
  expect(new RateLimit({ perSecond: 0, burst: 5 })).toMatchObject({ quota: 5, windowS: 0 })
})

test('dear things take as many tokens as they cost', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 4 })
  expect(limit.take('a', 100_000, 3)).toBe(0)
  expect(limit.take('a', 100_000, 2)).toBe(1000)
  expect(limit.take('a', 101_000, 2)).toBe(0)
})

test('without a rate nobody waits, however much is taken', () => {
  const limit = new RateLimit({ perSecond: 0, burst: 0 })
  expect([limit.take('a', 5, 1e9), limit.take('a', 5, 1e9)]).toEqual([0, 0])
})

test('a limit without a rate has a window of nothing, and none that is no number', () => {
  const { windowS } = new RateLimit({ perSecond: 0, burst: 0 })
  expect(windowS).toBe(0)
})
