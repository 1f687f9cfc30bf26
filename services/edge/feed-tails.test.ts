import { expect, test } from 'bun:test'
import { RELEASED_POSTS_MAX } from '../../protocol/limits.ts'
import { FeedTails, TAIL_POSTS } from './feed-tails.ts'

const post = (n: number) => ({ id: `p${n}`, viewer: 'v', name: 'Ada', sticker: 'six', at: n })
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const packet = (from: number, to: number, removed?: string[], released?: string[]) =>
  bytes({
    at: from,
    ms: 250,
    n: to - from,
    posts: Array.from({ length: to - from }, (_, i) => post(from + i)),
    ...(removed && { removed }),
    ...(released && { released }),
  })
const ids = (tails: FeedTails, show = 'final') => tails.earlier(show).posts.map(({ id }) => id)

test('the newest fifty of each show are there, oldest first, each once', () => {
  const tails = new FeedTails()
  for (let from = 0; from < 60; from += 4) tails.take('final', packet(from, from + 4))
  tails.take('final', packet(56, 60))
  tails.take('other', packet(100, 101))
  expect(ids(tails)).toEqual(Array.from({ length: TAIL_POSTS }, (_, i) => `p${10 + i}`))
  expect(ids(tails, 'other')).toEqual(['p100'])
  expect(ids(tails, 'nowhere')).toEqual([])
})

test('a post that is removed is not there any more, also one of the same packet', () => {
  const tails = new FeedTails()
  tails.take('final', packet(0, 3))
  tails.take('final', packet(3, 5, ['p1', 'p4']))
  expect(ids(tails)).toEqual(['p0', 'p2', 'p3'])
  // Who missed the packet is told.
  expect(tails.earlier('final').removed).toEqual(['p1', 'p4'])
  expect(tails.earlier('nowhere')).toEqual({ at: 0, posts: [], removed: [] })
  expect(tails.earlier('final').at).toBe(253)
  // A packet that comes again does not make it older.
  tails.take('final', packet(0, 3))
  expect(tails.earlier('final').at).toBe(253)
})

test('what was removed is named also where it had left, until it is released, and of many the newest', () => {
  const tails = new FeedTails()
  tails.take('final', packet(0, 1))
  tails.take('final', packet(1, 1 + TAIL_POSTS))
  tails.take('final', packet(60, 60, ['p0', 'p1', 'foreign']))
  expect(tails.earlier('final').removed).toEqual(['p0', 'p1', 'foreign'])
  tails.take('final', packet(61, 61, ['p0'], ['p0', 'p1']))
  expect(tails.earlier('final').removed).toEqual(['foreign', 'p0'])
  const many = Array.from({ length: RELEASED_POSTS_MAX }, (_, i) => `q${i}`)
  tails.take('final', packet(62, 62, many))
  expect(tails.earlier('final').removed).toEqual(many)
})

test('what answers a post that was removed names nobody any more, also where that left long before', () => {
  const tails = new FeedTails()
  const reply = { ...post(1), replyTo: 'p0', replyName: 'Ada' }
  tails.take('final', bytes({ at: 1, ms: 250, n: 1, posts: [reply, post(2)] }))
  expect(tails.earlier('final').posts).toEqual([reply, post(2)])
  tails.take('final', packet(3, 3, ['p0']))
  expect(tails.earlier('final').posts).toEqual([{ ...post(1), replyTo: 'p0' }, post(2)] as never)
})

test('a post that was released is in its place again, while it is among the newest', () => {
  const tails = new FeedTails()
  tails.take('final', packet(0, 4, ['p0', 'p2', 'p3']))
  tails.take('final', packet(4, 5, [], ['p2', 'never']))
  expect(ids(tails)).toEqual(['p1', 'p2', 'p4'])
  // Also one whose packet came twice.
  tails.take('final', packet(0, 4))
  expect(ids(tails)).toEqual(['p1', 'p2', 'p4'])
  tails.take('final', packet(5, 5 + TAIL_POSTS))
  tails.take('final', packet(5, 5, [], ['p0', 'p3']))
  expect(ids(tails)).toEqual(Array.from({ length: TAIL_POSTS }, (_, i) => `p${5 + i}`))
})

test('those that may be released are bounded, and take no place of those that are shown', () => {
  const tails = new FeedTails()
  tails.take('final', packet(0, 20))
  const gone = Array.from({ length: 100 }, (_, i) => `p${20 + i}`)
  tails.take('final', packet(20, 120, gone))
  expect(ids(tails)).toEqual(Array.from({ length: 20 }, (_, i) => `p${i}`))
  tails.take('final', packet(0, 0, [], gone))
  expect(ids(tails)).toEqual(Array.from({ length: 50 }, (_, i) => `p${70 + i}`))
})

test('what is no feed packet changes nothing', () => {
  const tails = new FeedTails()
  tails.take('final', packet(0, 1))
  for (const other of [
    '{',
    '',
    'null',
    '[]',
    '{"posts":7}',
    '{"posts":[null]}',
    '{"posts":[],"removed":"p0"}',
    '{"posts":[],"removed":["p0"],"released":7}',
    '{"posts":[],"removed":["p0",7]}',
    '{"posts":[],"removed":["p0"],"at":"7"}',
  ])
    tails.take('final', new TextEncoder().encode(other))
  expect(ids(tails)).toEqual(['p0'])
})
