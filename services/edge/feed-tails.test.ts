import { expect, test } from 'bun:test'
import { FeedTails, TAIL_POSTS } from './feed-tails.ts'

const post = (n: number) => ({ id: `p${n}`, viewer: 'v', name: 'Ada', sticker: 'six', at: n })
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const packet = (from: number, to: number, removed?: string[]) =>
  bytes({
    at: from,
    ms: 250,
    n: to - from,
    posts: Array.from({ length: to - from }, (_, i) => post(from + i)),
    ...(removed && { removed }),
  })
const ids = (tails: FeedTails, show = 'final') => tails.newest(show).map(({ id }) => id)

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
  ])
    tails.take('final', new TextEncoder().encode(other))
  expect(ids(tails)).toEqual(['p0'])
})
