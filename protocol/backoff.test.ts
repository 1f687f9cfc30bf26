import { expect, test } from 'bun:test'
import { backoffMs } from './backoff.ts'

test('each failure doubles the wait up to its bound, and chance decides no more than its share', () => {
  const waits = (random: () => number, jitter?: number) =>
    [0, 1, 2, 3, 4, 5, 2000].map((failures) =>
      backoffMs(failures, { firstMs: 100, maxMs: 1000, ...(jitter === undefined ? {} : { jitter }) }, random),
    )
  expect(waits(() => 1)).toEqual([100, 100, 200, 400, 800, 1000, 1000])
  expect(waits(() => 0)).toEqual([50, 50, 100, 200, 400, 500, 500])
  expect(waits(() => 0, 1)).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(waits(() => 0.3, 0)).toEqual([100, 100, 200, 400, 800, 1000, 1000])
})
