import { expect, test } from 'bun:test'
import { type LineColours, partsOf } from './line.ts'

const colours: LineColours = {
  ...{ rest: 'grey', ground: 'black' },
  sides: [
    ['home', 'orange'],
    ['away', 'blue'],
  ],
}

test('a bar stands on its sides, then the rest, and the loudest is as high as the line', () => {
  expect(partsOf({ at: 0, n: 100, sides: { away: 20, home: 50 } }, 100, colours)).toEqual([
    { colour: 'orange', from: 0, to: 0.5 },
    { colour: 'blue', from: 0.5, to: 0.7 },
    { colour: 'grey', from: 0.7, to: 1 },
  ])
})

test('a quarter of the loudest moment is half as high, and silence is nothing', () => {
  expect(partsOf({ at: 0, n: 25, sides: {} }, 100, colours)).toEqual([{ colour: 'grey', from: 0, to: 0.5 }])
  expect(partsOf({ at: 0, n: 0, sides: {} }, 100, colours)).toEqual([])
})

test('sides that were counted later than the whole never stand above it', () => {
  const parts = partsOf({ at: 0, n: 10, sides: { home: 9, away: 9 } }, 10, colours)
  expect(parts.at(-1)!.to).toBe(1)
})
