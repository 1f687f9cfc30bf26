import { expect, test } from 'bun:test'
import { isStale } from './stale.ts'

const NOW = 1_000_000_000_000

test.each([
  ['a first packet of now', 0, 0, false],
  ['a first packet of five seconds ago', -5_000, 0, false],
  ['a first packet of hours ago', -7_200_000, 0, true],
  ['a first packet by a clock that is far ahead', 7_200_000, 0, true],
  ['a later packet, whatever the clocks say', -7_200_000, 1, false],
])('%s', (_, ms, newestAt, stale) => {
  expect(isStale({ at: NOW + ms }, { newestAt, now: NOW })).toBe(stale)
})
