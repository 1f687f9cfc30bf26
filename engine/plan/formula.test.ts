import { expect, test } from 'bun:test'
import { evaluate } from './formula.ts'

const worth = (formula: string) =>
  evaluate(formula, { viewers: 7, edgeCores: 0.5 }, { max: Math.max, ceil: Math.ceil })

test('a formula is worth what it is in arithmetic', () => {
  expect(worth('1 + 2 * 3')).toBe(7)
  expect(worth('(1 + 2) * 3 - viewers / 2 / 7')).toBe(8.5)
  expect(worth('ceil(viewers * edgeCores) + max(1, 2, viewers)')).toBe(11)
  expect(worth('viewers / 49 * 7')).toBe(1)
})

test('what is no formula, and a name without a value, is named and never worth anything', () => {
  for (const bad of ['', '1 +', '(1', '1 2', 'nobody', 'min(1)', 'max(1', '1 % 2', 'max()', 'constructor'])
    expect(() => worth(bad)).toThrow(RangeError)
})
