import { expect, test } from 'bun:test'
import { plural } from './plural.ts'

test('one is one, and everything else is many', () => {
  expect([0, 1, 2].map((count) => plural(count, 'ballot'))).toEqual(['0 ballots', '1 ballot', '2 ballots'])
  expect(plural(12_345, 'tap', '12,345')).toBe('12,345 taps')
})
