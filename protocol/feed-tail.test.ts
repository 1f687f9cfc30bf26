import { expect, test } from 'bun:test'
import { type FeedTail, followFeed, shownOf } from './feed-tail.ts'
import { RELEASED_POSTS_MAX } from './limits.ts'
import type { FeedPacket, Post } from './packets.ts'

const post = (n: number, more: Partial<Post> = {}): Post => ({
  ...{ id: `p${n}`, viewer: 'v', name: 'Ada', sticker: 'six', at: n },
  ...more,
})
const posts = (from: number, to: number): Post[] =>
  Array.from({ length: to - from }, (_, i) => post(from + i))
const after = (packets: Partial<FeedPacket>[], max = 3): FeedTail =>
  packets.reduce<FeedTail>((tail, packet) => followFeed(tail, packet, max), [])
const shown = (packets: Partial<FeedPacket>[], max?: number): string[] =>
  shownOf(after(packets, max)).map(({ id }) => id)

test('of what came the newest are shown, oldest first, each once', () => {
  expect(shown([{ posts: posts(0, 2) }])).toEqual(['p0', 'p1'])
  expect(shown([{ posts: posts(0, 4) }, { posts: posts(2, 5) }, {}])).toEqual(['p2', 'p3', 'p4'])
})

test('one that was removed keeps its place until it is released, and what is shown takes none of those', () => {
  const first = { posts: posts(0, 3), removed: ['p1'] }
  expect(shown([first])).toEqual(['p0', 'p2'])
  expect(shown([first, { posts: posts(1, 2) }])).toEqual(['p0', 'p2'])
  expect(shown([first, { posts: posts(3, 4), released: ['p1'] }])).toEqual(['p1', 'p2', 'p3'])
  expect(shown([first, { released: ['p1'], removed: ['p1'] }])).toEqual(['p0', 'p2'])
})

test('as many that were removed are kept as a show names as released', () => {
  const all = posts(0, RELEASED_POSTS_MAX + 1)
  const ids = all.map(({ id }) => id)
  const packets = [{ posts: all }, { removed: ids }, { released: ids }]
  expect(shown(packets, 100)).toEqual(ids.slice(1))
})

test('what answers one that was removed names nobody, and what answers another, or none, stays as it is', () => {
  const reply = post(1, { replyTo: 'p0', replyName: 'Ada' })
  const other = post(2, { replyTo: 'p9', replyName: 'Ben' })
  const unasked = post(3, { replyName: 'Cleo' })
  const tail = after([{ posts: [reply, other, unasked] }, { removed: ['p0'] }], 9)
  const { replyName: _, ...unnamed } = reply
  expect(shownOf(tail)).toStrictEqual([unnamed, other, unasked])
})

test('after a packet that clears there is what it brings and nothing of before', () => {
  expect(shown([{ posts: posts(0, 2) }, { posts: posts(2, 3), cleared: true }])).toEqual(['p2'])
  expect(shown([{ posts: posts(0, 2), removed: ['p0'] }, { cleared: true }, { released: ['p0'] }])).toEqual(
    [],
  )
})
