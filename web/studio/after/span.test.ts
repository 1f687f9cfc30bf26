import { expect, test } from 'bun:test'
import { spanOf } from './span.ts'

test('a show is drawn from its begin to its end in at most some 600 whole steps', () => {
  const { from, to, stepMs } = spanOf({ started: 1_000_500, ended: 9_000_000 }, 20_000_000)
  expect(from).toBeLessThanOrEqual(1_000_500)
  expect(to).toBeGreaterThanOrEqual(9_000_000)
  expect(stepMs % 1000).toBe(0)
  expect((to - from) / stepMs).toBeLessThanOrEqual(601)
})

test('what goes on is drawn up to now, what has no begin for a day', () => {
  expect(spanOf({ starts: 100_000 }, 160_000)).toEqual({ from: 100_000, to: 160_000, stepMs: 1000 })
  const { from, to } = spanOf({}, 1_795_349_712_000)
  expect(to - from).toBeGreaterThanOrEqual(86_400_000)
})
