import { expect, test } from 'bun:test'
import { type FeedTail, followFeed, NO_POSTS, removedOf, shownOf, withEarlier } from './feed-tail.ts'
import { RELEASED_POSTS_MAX } from './limits.ts'
import type { EarlierPosts, FeedPacket, Post } from './packets.ts'

const post = (n: number, more: Partial<Post> = {}): Post => ({
  ...{ id: `p${n}`, viewer: 'v', name: 'Ada', sticker: 'six', at: n },
  ...more,
})
const posts = (from: number, to: number): Post[] =>
  Array.from({ length: to - from }, (_, i) => post(from + i))
const after = (packets: Partial<FeedPacket>[], max = 3): FeedTail =>
  packets.reduce((tail, packet) => followFeed(tail, packet, max), NO_POSTS)
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

test('who missed a wipe is told of the newest posts that it took, and of none that is there again', () => {
  const before = { posts: posts(0, 4), removed: ['p1'] }
  expect(removedOf(after([before, { cleared: true, posts: posts(4, 5) }]))).toEqual(['p1', 'p0', 'p2', 'p3'])
  const wipe = { cleared: true, posts: posts(4, 5) } as const
  expect(removedOf(after([before, wipe, wipe]))).toEqual(['p1', 'p0', 'p2', 'p3'])
  expect(removedOf(after([before, { cleared: true }, { released: ['p2'] }]))).toEqual(['p1', 'p0', 'p3'])
})

/** What is shown when earlier posts arrive after these packets, whose windows end at 10, 20, 30 and so on. */
function joined(packets: Partial<FeedPacket>[], answers: EarlierPosts[], max = 9): string[] {
  const stamped = packets.map((packet, i) => ({ at: 10 * i, ms: 10, ...packet }))
  const tail = answers.reduce((before, answer) => withEarlier(before, answer, max), after(stamped, max))
  return shownOf(tail).map(({ id }) => id)
}
const earlier = (at: number, of: Post[], removed: string[] = []): EarlierPosts => ({ at, posts: of, removed })

test('earlier posts take their places, each once, and of all the newest are shown', () => {
  expect(joined([], [earlier(10, posts(0, 2))])).toEqual(['p0', 'p1'])
  expect(joined([{ posts: posts(2, 4) }], [earlier(10, posts(0, 3))])).toEqual(['p0', 'p1', 'p2', 'p3'])
  expect(joined([{ posts: posts(2, 4) }], [earlier(10, posts(0, 3))], 3)).toEqual(['p1', 'p2', 'p3'])
  // What was missed stands among its neighbours.
  expect(joined([{ posts: [post(0), post(3)] }], [earlier(10, posts(1, 3))])).toEqual([
    'p0',
    'p1',
    'p2',
    'p3',
  ])
})

test('what was removed or released meanwhile is so, unless a newer packet said otherwise', () => {
  const first = { posts: posts(0, 3), removed: ['p1'] }
  expect(joined([first], [earlier(20, [post(1)], ['p2'])])).toEqual(['p0', 'p1'])
  // An answer from before the packet that removed p1, or that released p2.
  expect(joined([first], [earlier(5, posts(0, 3))])).toEqual(['p0', 'p2'])
  // One that knows of that packet already.
  expect(joined([first], [earlier(10, [post(1)])])).toEqual(['p0', 'p1', 'p2'])
  // A packet that does not say when it was is older than any answer.
  expect(shownOf(withEarlier(after([first]), earlier(0, [post(1)]), 9)).map(({ id }) => id)).toContain('p1')
  expect(joined([first, { released: ['p1'] }], [earlier(15, [], ['p1', 'p2'])])).toEqual(['p0', 'p1'])
  // A post that only the answer has, and that a newer packet removed.
  expect(
    joined([{ removed: ['p7'] }], [earlier(5, [post(7), post(8, { replyTo: 'p7', replyName: 'Ada' })])]),
  ).toEqual(['p8'])
  const tail = withEarlier(
    after([{ at: 0, ms: 10, removed: ['p7'] }]),
    earlier(5, [post(8, { replyTo: 'p7', replyName: 'Ada' })]),
    9,
  )
  expect(shownOf(tail)[0]).not.toHaveProperty('replyName')
})

test('of two answers that arrive the wrong way round the newer one stands', () => {
  expect(joined([], [earlier(20, [post(1)], ['p0']), earlier(10, posts(0, 2))])).toEqual(['p1'])
  expect(joined([], [earlier(10, posts(0, 2)), earlier(20, [post(1)], ['p0'])])).toEqual(['p1'])
})
