import { expect, test } from 'bun:test'
import type { StudioShow } from '../api/queries.ts'
import { clashesOf } from './clashes.ts'

const SEEN: StudioShow = {
  show: 'final',
  title: 'Final',
  segments: [],
  stickers: [],
  version: 1,
  state: 'live',
}

test('only what both changed is to be decided: a post that was removed meanwhile is not', () => {
  const newer = { ...SEEN, version: 3, title: 'The final', removedPosts: ['a'] }
  expect(clashesOf({ title: 'Grand final' }, { seen: SEEN, newer })).toEqual(['title'])
  expect(clashesOf({ language: 'de' }, { seen: SEEN, newer })).toEqual([])
})
