import { expect, test } from 'bun:test'
import { moved } from './moved.ts'

test.each<[string[], string | undefined, string]>([
  [['d'], 'b', 'adbc'],
  [['d'], undefined, 'abcd'],
  [['a'], 'c', 'bac'],
  [['a'], 'a', 'abc'],
  [['a', 'b'], 'b', 'abc'],
  [['new'], 'unknown', 'abcnew'],
  [['x', 'y'], 'x', 'abcxy'],
])('%p in front of %p', (ids, before, expected) => {
  expect(moved(['a', 'b', 'c'], ids, before).join('')).toBe(expected)
})
