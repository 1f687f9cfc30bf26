import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Allowance, BucketSize } from './allowance.ts'

/** One bucket, whose number is kept here. */
function bucketOf(options: { perSecond: number; burst: number }) {
  const size = new BucketSize(options)
  let fullAtMs = 0
  return {
    spend(cost: number, now: number): boolean {
      const spent = size.spend(fullAtMs, cost, now)
      fullAtMs = spent ?? fullAtMs
      return spent !== undefined
    },
    debit(cost: number, now: number): void {
      fullAtMs = size.debit(fullAtMs, cost, now)
    },
    waitMs: (now: number) => size.waitMs(fullAtMs, now),
  }
}

test('a burst may be spent at once, then the rate', () => {
  const allowance = bucketOf({ perSecond: 10, burst: 3 })
  const granted = (now: number) => allowance.spend(1, now)
  expect([0, 0, 0].map(granted)).toEqual([true, true, true])
  expect(granted(0)).toBe(false)
  expect(allowance.waitMs(0)).toBe(0 + 1)
  expect(granted(100)).toBe(true)
  expect(granted(100)).toBe(false)
})

test('who has anything left may do one dear thing, and waits at most a whole bucket for the next', () => {
  const allowance = bucketOf({ perSecond: 10, burst: 10 })
  expect(allowance.spend(1_000_000, 0)).toBe(true)
  expect(allowance.spend(1, 999)).toBe(false)
  expect(allowance.spend(1, 1_001)).toBe(true)
})

test('a clock that was set back does not lock anybody out', () => {
  const allowance = bucketOf({ perSecond: 1, burst: 1 })
  allowance.spend(1, 1_000_000)
  expect(allowance.waitMs(0)).toBe(0)
  expect(allowance.spend(1, 0)).toBe(true)
  // The one that there was is spent: a part of the next is there in a millisecond.
  expect(allowance.waitMs(0)).toBe(1)
})

test('0 is no limit', () => {
  const allowance = bucketOf({ perSecond: 0, burst: 1 })
  for (let i = 0; i < 3; i++) expect([allowance.spend(1e9, 0), allowance.waitMs(0)]).toEqual([true, 0])
})

test('over any time no more is begun than the rate and one burst, and one thing', () => {
  const step = fc.record({ afterMs: fc.nat(50), cost: fc.integer({ min: 1, max: 5 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const allowance = bucketOf({ perSecond: 100, burst: 20 })
      let [now, spent] = [0, 0]
      for (const { afterMs, cost } of steps) {
        now += afterMs
        if (allowance.spend(cost, now)) spent += cost
      }
      expect(spent).toBeLessThanOrEqual(20 + 5 + now / 10)
    }),
  )
})

test('nothing is left to the millisecond in which the debt is paid', () => {
  const allowance = bucketOf({ perSecond: 10, burst: 2 })
  expect(allowance.waitMs(1000)).toBe(0)
  allowance.debit(2, 1000)
  // Two of two are spent: there is something again one millisecond after now, as a part of a token grows at once.
  expect([allowance.waitMs(1000), allowance.waitMs(1001)]).toEqual([1, 0])
  allowance.debit(2, 1000)
  expect([allowance.waitMs(1000), allowance.waitMs(1200), allowance.waitMs(1201)]).toEqual([201, 1, 0])
})

test('an allowance keeps its own bucket', () => {
  const allowance = new Allowance({ perSecond: 10, burst: 2 })
  const granted = (now: number) => allowance.spend(1, now)
  expect([0, 0, 0, 100, 100].map(granted)).toEqual([true, true, false, true, false])
})

test('a new allowance is whole, at whatever time a clock begins', () => {
  expect(new Allowance({ perSecond: 1000, burst: 1 }).spend(1, 0)).toBe(true)
})
