import { expect, test } from 'bun:test'
import type { StudioShow } from '../api/queries.ts'
import { clashesOf, unsavedOf } from './clashes.ts'

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

test('what was typed while a save was on its way is still to be saved, and nothing else of it', () => {
  const sent = { title: 'Half', language: 'de', video: null, rules: { text: true } }
  expect(unsavedOf({ ...sent, title: 'Half of it', rules: { text: true } }, sent)).toEqual({
    title: 'Half of it',
  })
  expect(unsavedOf({ starts: null }, {})).toEqual({ starts: null })
})
