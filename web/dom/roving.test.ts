import { expect, test } from 'bun:test'
import { stepOf } from './roving.ts'

test.each([
  ['ArrowRight', false, 2],
  ['ArrowLeft', false, 0],
  ['ArrowRight', true, 0],
  ['ArrowLeft', true, 2],
  ['Home', true, 0],
  ['End', true, 4],
  ['Tab', false, undefined],
])('%s in a row of five, from right to left %p, leads from the second to %p', (key, rtl, to) => {
  expect(stepOf(key, { at: 1, count: 5, rtl })).toBe(to)
})

test('a row has an end', () => {
  expect(stepOf('ArrowRight', { at: 4, count: 5, rtl: false })).toBe(4)
  expect(stepOf('ArrowLeft', { at: 0, count: 5, rtl: false })).toBe(0)
})
