import { expect, test } from 'bun:test'
import { timesOf, valuesOf } from './history.ts'

test('a chart has every step of its time, and nought where nobody reacted', () => {
  const times = timesOf({ from: 10_500, to: 25_000, stepMs: 5_000 })
  expect(times).toEqual([10_000, 15_000, 20_000])
  const history = { stepMs: 5_000, steps: [{ at: 15_000, counts: { heart: 30, six: 20 } }] }
  expect(valuesOf(history, times)).toEqual([0, 10, 0])
  expect(valuesOf(undefined, times)).toEqual([0, 0, 0])
})
