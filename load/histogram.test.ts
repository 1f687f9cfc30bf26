import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Histogram } from './histogram.ts'

const times = fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 })
const shares = fc.double({ min: 0, max: 1, noNaN: true })

function truePercentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!
}

test('a percentile is never under the true one, and at most 0.8 % and a microsecond over it', () => {
  fc.assert(
    fc.property(times, shares, (values, share) => {
      const histogram = new Histogram()
      for (const value of values) histogram.add(value)
      const exact = truePercentile(values, share)
      expect(histogram.percentile(share)).toBeGreaterThanOrEqual(exact)
      expect(histogram.percentile(share)).toBeLessThanOrEqual(exact * (1 + 1 / 128) + 0.001)
    }),
  )
})

test('the largest value is kept exactly', () => {
  fc.assert(
    fc.property(times, (values) => {
      const histogram = new Histogram()
      for (const value of values) histogram.add(value)
      expect(histogram.summary().max).toBe(Math.max(...values))
      expect(histogram.percentile(1)).toBe(Math.max(...values))
    }),
  )
})

test('histograms of several processes merge to the one that saw everything', () => {
  fc.assert(
    fc.property(times, times, (left, right) => {
      const whole = new Histogram()
      for (const value of [...left, ...right]) whole.add(value)
      const merged = new Histogram()
      for (const part of [left, right]) {
        const histogram = new Histogram()
        for (const value of part) histogram.add(value)
        merged.merge(histogram.record())
      }
      expect(merged.record()).toEqual(whole.record())
      expect(merged.summary()).toEqual(whole.summary())
    }),
  )
})

test('adding a value many times is adding it once with its weight', () => {
  const [one, other] = [new Histogram(), new Histogram()]
  for (let time = 0; time < 1_000; time++) one.add(12.5)
  other.add(12.5, 1_000)
  expect(one.record()).toEqual(other.record())
})

test('an empty histogram says 0', () => {
  expect(new Histogram().summary()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, max: 0 })
})
