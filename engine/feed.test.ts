import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { FEED_NAMES_MAX, FEED_POSTS_PER_SECOND_MAX } from '../protocol/limits.ts'
import { Feed } from './feed.ts'
import { Reservoir } from './reservoir.ts'

const post = (at: number, id = String(at)) => ({ id, viewer: 'v', name: 'Ann', sticker: 'six', at })

test('a post leaves with the next packet', () => {
  const feed = new Feed({ random: () => 0 })
  feed.add(post(10_010), 10_010)
  expect(feed.takePacket(10_250, 250)).toEqual({ at: 10_000, ms: 250, n: 1, posts: [post(10_010)] })
  expect(feed.takePacket(10_500, 250)).toBeUndefined()
})

test('in any second there are at most eight posts, and every post is counted in n', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(50, 250, 700, 2000),
      fc.noShrink(fc.infiniteStream(fc.double({ min: 0, max: 0.999_999, noNaN: true }))),
      (arrivals, windowMs, randoms) => {
        const feed = new Feed({ random: () => randoms.next().value! })
        const passed: { atMs: number; posts: number }[] = []
        let [added, said, now, coveredTo] = [0, 0, 100_000, 0]
        const take = () => {
          const packet = feed.takePacket(now, windowMs)
          if (packet === undefined) return
          said += packet.n
          passed.push({ atMs: now, posts: packet.posts.length })
          expect(packet.at + packet.ms).toBe(now)
          expect(packet.posts.length).toBe(Math.min(packet.n, FEED_POSTS_PER_SECOND_MAX))
          for (const { at } of packet.posts) expect(at).toBeGreaterThanOrEqual(coveredTo)
          coveredTo = now
        }
        for (const count of arrivals) {
          for (let i = 0; i < count; i++) feed.add(post(now + i, `${added++}`), now + i)
          now += windowMs
          take()
        }
        for (let i = 0; i < Math.ceil(1000 / windowMs) + 1; i++) {
          now += windowMs
          take()
        }
        expect(said).toBe(added)
        for (const { atMs } of passed) {
          const second = passed.filter((p) => p.atMs > atMs - 1000 && p.atMs <= atMs)
          expect(second.reduce((n, { posts }) => n + posts, 0)).toBeLessThanOrEqual(FEED_POSTS_PER_SECOND_MAX)
        }
      },
    ),
  )
})

test('in a flood every post has the same chance to be seen', () => {
  const [rounds, offered, capacity] = [4000, 40, 8]
  let seed = 7
  const random = () => {
    // Park and Miller's minimal standard generator: a seed reproduces the run.
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const kept = new Array<number>(offered).fill(0)
  const reservoir = new Reservoir<number>({ capacity, random })
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < offered; i++) reservoir.offer(i)
    for (const i of reservoir.take()) kept[i]!++
  }
  const expected = (rounds * capacity) / offered
  // Five standard deviations of a binomial: a fair reservoir fails once in a million seeds.
  const bound = 5 * Math.sqrt(expected * (1 - capacity / offered))
  for (const times of kept) expect(Math.abs(times - expected)).toBeLessThan(bound)
})

test('a clock that is set back holds no post back', () => {
  const feed = new Feed({ random: () => 0 })
  for (let i = 0; i < FEED_POSTS_PER_SECOND_MAX; i++) feed.add(post(50_000 + i), 50_000)
  expect(feed.takePacket(50_250, 250)?.n).toBe(FEED_POSTS_PER_SECOND_MAX)
  feed.add(post(10_010), 10_010)
  expect(feed.takePacket(10_250, 250)?.posts).toEqual([post(10_010)])
})

test('posts of a packet are in the order of their times', () => {
  const feed = new Feed({ random: () => 0 })
  for (const at of [30, 10, 20]) feed.add({ id: `p${at}`, viewer: 'v', name: 'Ann', sticker: 'six', at }, 100)
  expect(feed.takePacket(250, 250)!.posts.map(({ at }) => at)).toEqual([10, 20, 30])
})

test('asked twice at one time it passes on no more than at once', () => {
  const feed = new Feed({ random: () => 0 })
  const post = (i: number) => feed.add({ id: `p${i}`, viewer: 'v', name: 'Ann', sticker: 'six', at: 1 }, 900)
  for (let i = 0; i < 8; i++) post(i)
  expect(feed.takePacket(1000, 250)!.posts).toHaveLength(8)
  post(8)
  expect([feed.takePacket(1000, 250), feed.takePacket(1999, 250)]).toEqual([undefined, undefined])
  expect(feed.takePacket(2000, 250)!.posts).toHaveLength(1)
})

test('a removed post is named once, at once, and is not shown where it waits or comes late', () => {
  const feed = new Feed({ random: () => 0 })
  for (let i = 0; i < FEED_POSTS_PER_SECOND_MAX; i++) feed.add(post(10_000 + i, `p${i}`), 10_000)
  expect(feed.takePacket(10_250, 250)?.n).toBe(FEED_POSTS_PER_SECOND_MAX)
  feed.add(post(10_300, 'waiting'), 10_300)
  feed.moderate({ removedPosts: ['p3', 'waiting', 'late'] })
  expect(feed.takePacket(10_500, 250)).toEqual({
    ...{ at: 10_250, ms: 250, n: 0, posts: [] },
    removed: ['p3', 'waiting', 'late'],
  })
  feed.add(post(11_000, 'late'), 11_000)
  feed.moderate({ removedPosts: ['p3', 'waiting', 'late'] })
  expect(feed.takePacket(11_250, 250)).toMatchObject({ n: 2, posts: [] })
})

test('a packet spans back to the first post that waited for it, and says a removal once', () => {
  const feed = new Feed({ random: () => 0 })
  for (let i = 0; i < FEED_POSTS_PER_SECOND_MAX; i++) feed.add(post(10_000 + i), 10_000)
  feed.takePacket(10_250, 250)
  for (const at of [10_300, 10_900]) feed.add(post(at), at)
  expect(feed.takePacket(11_000, 250)).toBeUndefined()
  expect(feed.takePacket(11_250, 250)).toMatchObject({ at: 10_300, ms: 950, n: 2 })
  feed.moderate({ removedPosts: ['a'] })
  expect(feed.takePacket(11_500, 250)).toMatchObject({ n: 0, removed: ['a'] })
  expect(feed.takePacket(11_750, 250)).toBeUndefined()
  feed.moderate({ removedPosts: ['a', 'b'] })
  expect(feed.takePacket(12_000, 250)).toMatchObject({ removed: ['b'] })
})

test('a removal that is taken back before anybody heard of it is not named, and one that comes again is', () => {
  const feed = new Feed({ random: () => 0 })
  feed.moderate({ removedPosts: ['a', 'b'] })
  feed.moderate({ removedPosts: ['b'] })
  expect(feed.takePacket(10_250, 250)?.removed).toEqual(['b'])
  feed.moderate({ removedPosts: [] })
  expect(feed.takePacket(10_500, 250)).toBeUndefined()
  feed.moderate({ removedPosts: ['b'] })
  feed.moderate({ removedPosts: [] })
  feed.moderate({ removedPosts: ['b'] })
  expect(feed.takePacket(10_750, 250)?.removed).toEqual(['b'])
})

test('a post that was released is named once, with the next packet, and is shown where it waits', () => {
  const feed = new Feed({ random: () => 0 })
  feed.moderate({ removedPosts: ['a', 'b'] })
  feed.takePacket(10_250, 250)
  feed.add(post(10_300, 'a'), 10_300)
  feed.moderate({ removedPosts: ['b'], releasedPosts: ['a'] })
  expect(feed.takePacket(10_500, 250)).toEqual({
    ...{ at: 10_250, ms: 250, n: 1, posts: [post(10_300, 'a')] },
    released: ['a'],
  })
  feed.moderate({ removedPosts: ['b'], releasedPosts: ['a'] })
  expect(feed.takePacket(10_750, 250)).toBeUndefined()
  feed.moderate({ removedPosts: ['b', 'a'], releasedPosts: [] })
  expect(feed.takePacket(11_000, 250)).toMatchObject({ removed: ['a'] })
  feed.moderate({ removedPosts: ['b'], releasedPosts: ['a'] })
  expect(feed.takePacket(11_250, 250)).toMatchObject({ released: ['a'] })
})

test('a post that was removed before anybody saw it is passed on once it is released', () => {
  const feed = new Feed({ random: () => 0 })
  feed.moderate({ removedPosts: ['a'] })
  feed.takePacket(10_000, 250)
  feed.add(post(10_010, 'a'), 10_010)
  feed.add(post(10_020, 'b'), 10_020)
  expect(feed.takePacket(10_250, 250)).toMatchObject({ n: 2, posts: [{ id: 'b' }] })
  feed.moderate({ removedPosts: [], releasedPosts: ['a'] })
  expect(feed.takePacket(10_500, 250)).toMatchObject({ n: 1, posts: [{ id: 'a' }], released: ['a'] })
  expect(feed.takePacket(10_750, 250)).toBeUndefined()
})

test('of posts that were removed before anybody saw them one may be released later than another', () => {
  const feed = new Feed({ random: () => 0 })
  feed.moderate({ removedPosts: ['a', 'b'] })
  for (const id of ['a', 'b']) feed.add(post(10_010, id), 10_010)
  expect(feed.takePacket(10_250, 250)).toMatchObject({ n: 2, posts: [] })
  const shown = (now: number, moderation: object) => {
    feed.moderate(moderation)
    return feed.takePacket(now, 250)?.posts.map(({ id }) => id)
  }
  expect(shown(11_500, { removedPosts: ['b'], releasedPosts: ['a'] })).toEqual(['a'])
  expect(shown(13_000, { removedPosts: [], releasedPosts: ['a', 'b'] })).toEqual(['b'])
})

const reply = (at: number, replyTo: string) => ({ ...post(at), replyTo })

test('a reply has the name at the post that it answers, while that is in the feed', () => {
  const feed = new Feed({ random: () => 0 })
  feed.add({ ...post(10_000, 'a'), name: 'Ada' }, 10_000)
  feed.takePacket(10_250, 250)
  const namedIn = (now: number, moderation: object) => {
    feed.moderate(moderation)
    feed.add(reply(now - 100, 'a'), now - 100)
    feed.add(reply(now - 50, 'nowhere'), now - 50)
    return feed.takePacket(now, 250)!.posts.map(({ replyTo, replyName }) => [replyTo, replyName])
  }
  const nobody = ['nowhere', undefined]
  expect(namedIn(12_000, {})).toEqual([['a', 'Ada'], nobody])
  expect(namedIn(13_000, { removedPosts: ['a'] })).toEqual([['a', undefined], nobody])
  // A show names the newest removals alone: what it names no more is removed all the same.
  expect(namedIn(14_000, { removedPosts: [] })).toEqual([['a', undefined], nobody])
  expect(namedIn(15_000, { removedPosts: [], releasedPosts: ['a'] })).toEqual([['a', 'Ada'], nobody])
})

test('a reply names nobody whose post no screen has: one that was left out, removed before it was seen, or is too old', () => {
  const feed = new Feed({ random: () => 0.999 })
  for (let i = 0; i <= FEED_POSTS_PER_SECOND_MAX; i++) feed.add(post(10_000 + i, `p${i}`), 10_000)
  feed.moderate({ removedPosts: ['p1'] })
  const seen = new Set(feed.takePacket(10_250, 250)!.posts.map(({ id }) => id))
  for (let i = 0; i <= FEED_POSTS_PER_SECOND_MAX; i++) {
    feed.add(reply(12_000 + i * 1000, `p${i}`), 12_000 + i * 1000)
    const [answer] = feed.takePacket(12_250 + i * 1000, 250)!.posts
    expect([i, answer!.replyName !== undefined]).toEqual([i, seen.has(`p${i}`)])
  }
  for (let i = 0; i < FEED_NAMES_MAX; i++) {
    feed.add(post(30_000 + i * 1000), 30_000 + i * 1000)
    feed.takePacket(30_250 + i * 1000, 250)
  }
  feed.add(reply(900_000, 'p0'), 900_000)
  expect(feed.takePacket(900_250, 250)!.posts).toEqual([reply(900_000, 'p0')])
})

test('that everything before was wiped is said once, with the next packet, whatever else it says', () => {
  const feed = new Feed({ random: () => 0 })
  feed.clear()
  expect(feed.takePacket(10_250, 250)).toEqual({ at: 10_000, ms: 250, n: 0, posts: [], cleared: true })
  expect(feed.takePacket(10_500, 250)).toBeUndefined()
  feed.add(post(10_600), 10_600)
  feed.moderate({ removedPosts: ['a'] })
  feed.clear()
  expect(feed.takePacket(10_750, 250)).toMatchObject({
    posts: [{ at: 10_600 }],
    removed: ['a'],
    cleared: true,
  })
  feed.add(post(11_000), 11_000)
  expect(feed.takePacket(11_250, 250)).not.toHaveProperty('cleared')
})
