import { expect, test } from 'bun:test'
import { COMBO_MS, Combo } from './combo.ts'

test('taps that follow each other count up', () => {
  const combo = new Combo()
  expect([0, 300, 600].map((now) => combo.tap('six', now))).toEqual([1, 2, 3])
})

test('a rest begins again at one', () => {
  const combo = new Combo()
  combo.tap('six', 0)
  expect(combo.tap('six', COMBO_MS)).toBe(2)
  expect(combo.tap('six', 2 * COMBO_MS + 1)).toBe(1)
})

test('another sticker has a combo of its own', () => {
  const combo = new Combo()
  combo.tap('six', 0)
  expect(combo.tap('heart', 10)).toBe(1)
  expect(combo.tap('six', 20)).toBe(1)
})
