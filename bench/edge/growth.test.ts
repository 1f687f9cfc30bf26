import { expect, test } from 'bun:test'
import { lineThrough } from './growth.ts'

test('what an edge takes is read off the line through its sizes', () => {
  expect(
    lineThrough([
      [2_000, 66],
      [8_000, 84],
      [15_000, 105],
    ]),
  ).toEqual({
    base: expect.closeTo(60),
    slope: expect.closeTo(0.003),
  })
})
