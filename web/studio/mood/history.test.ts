import { expect, test } from 'bun:test'
import type { StudioShow } from '../api/queries.ts'
import { linesOf, timesOf, valuesOf } from './history.ts'

test('a chart has every step of its time, and nought where nobody reacted', () => {
  const times = timesOf({ from: 10_500, to: 25_000, stepMs: 5_000 })
  expect(times).toEqual([10_000, 15_000, 20_000])
  const history = { stepMs: 5_000, steps: [{ at: 15_000, counts: { heart: 30, six: 20 } }] }
  expect(valuesOf(history, times)).toEqual([0, 10, 0])
  expect(valuesOf(undefined, times)).toEqual([0, 0, 0])
})

test('sides without a colour are told apart, by those of the viewer’s page', () => {
  const segments = ['home', 'away', 'pub'].map((segment) => ({ segment, title: segment }))
  const show = { segments, stickers: [], sides: ['home', 'away'] } as unknown as StudioShow
  const colours = linesOf(show).map(({ colour }) => colour)
  expect(colours).toHaveLength(2)
  expect(new Set(colours).size).toBe(2)
  expect(
    linesOf({ ...show, segments: segments.map((one) => ({ ...one, colour: '#123456' })) })[1]!.colour,
  ).toBe('#123456')
})
