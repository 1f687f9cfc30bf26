import { expect, test } from 'bun:test'
import { Histogram } from './histogram.ts'

test('a time is counted in every bucket that it fits in, its bound included', () => {
  const histogram = new Histogram()
  for (const ms of [0, 1, 1.1, 1000, 10_001]) histogram.observe(ms)
  const { buckets, sumS } = histogram.read()
  const within = Object.fromEntries(buckets)
  expect([
    within['0.001'],
    within['0.0025'],
    within['0.5'],
    within['1'],
    within['10'],
    within['+Inf'],
  ]).toEqual([2, 3, 3, 4, 4, 5])
  expect(sumS).toBeCloseTo(11.0031, 6)
})
