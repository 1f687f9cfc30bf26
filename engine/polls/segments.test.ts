import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { SEGMENT_VIEWERS_MIN } from '../../protocol/limits.ts'
import { publishedSegments } from './segments.ts'

const part = (viewers: number) => ({ viewers, counts: { anna: viewers } })
const published = (viewers: number, segments: Record<string, number>) =>
  Object.keys(
    publishedSegments({
      ...part(viewers),
      segments: Object.fromEntries(Object.entries(segments).map(([id, n]) => [id, part(n)])),
    }),
  )

test('a segment of one voter is not published, nor what would tell it by subtraction', () => {
  expect(published(101, { home: 50, away: 50, vip: 1 })).toEqual(['away'])
  expect(published(121, { home: 50, away: 50, vip: 1 })).toEqual(['away', 'home'])
  expect(published(100, { home: 50, away: 50 })).toEqual(['away', 'home'])
  expect(published(1, { vip: 1 })).toEqual([])
})

test('whatever the segments are, what is not published is of nobody or of enough', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.nat(40)), fc.nat(40), (sizes, none) => {
      const all = Object.values(sizes).reduce((sum, n) => sum + n, none)
      const kept = published(all, sizes)
      const hidden = all - kept.reduce((sum, id) => sum + sizes[id]!, 0)
      for (const id of kept) expect(sizes[id]!).toBeGreaterThanOrEqual(SEGMENT_VIEWERS_MIN)
      // All of it is small: then there is nothing else to publish.
      if (kept.length > 0 && hidden > 0) expect(hidden).toBeGreaterThanOrEqual(SEGMENT_VIEWERS_MIN)
    }),
  )
})

test('segments are published by their names, and of two of one size the first by name stays longest', () => {
  expect(published(60, { b: 20, a: 20, c: 20 })).toEqual(['a', 'b', 'c'])
  expect(published(75, { a: 20, b: 30, c: 25 })).toEqual(['a', 'b', 'c'])
  expect(published(45, { b: 20, a: 20 })).toEqual(['a'])
  expect(published(30, { a: 10, b: 10 })).toEqual(['a', 'b'])
  expect(published(29, { a: 10, b: 10 })).toEqual(['a'])
  expect(published(20, { a: 10, b: 9, empty: 0 })).toEqual(['a'])
  expect(published(20, { a: 20, empty: 0 })).toEqual(['a'])
})
