import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DECIDED_POSTS_MAX, HELD_A_VIEWER_MAX, HELD_POSTS_MAX } from '../../protocol/limits.ts'
import type { HeldRecord } from '../../protocol/records/held.ts'
import { HeldPosts } from './held-posts.ts'

const record = (id: string, at: number, more: Partial<HeldRecord> = {}): HeldRecord => ({
  ...{ show: 'final', id, viewer: `v-${id}`, name: 'Ann', text: 'damn', at },
  ...more,
})
const idsOf = (records: readonly HeldRecord[]) => records.map(({ id }) => id)

test('a held post waits until it is decided, and a repeat of its record changes nothing', () => {
  const held = new HeldPosts()
  held.take(record('b', 2))
  held.take(record('a', 1))
  expect(idsOf(held.waiting())).toEqual(['a', 'b'])
  held.take(record('a', 1, { decided: 'removed' }))
  held.take(record('a', 1))
  expect([idsOf(held.waiting()), idsOf(held.decided())]).toEqual([['b'], ['a']])
  held.take(record('a', 1, { decided: 'released' }))
  expect(held.find('a')).toMatchObject({ decided: 'released' })
  expect(idsOf(held.decided())).toEqual(['a'])
})

test('one viewer who floods the queue pushes nobody out, and of too many the oldest give way and are counted', () => {
  const held = new HeldPosts()
  held.take(record('first', 0))
  for (let i = 0; i < HELD_POSTS_MAX; i++) held.take(record(`flood-${i}`, i + 1, { viewer: 'loud' }))
  expect(held.waiting()).toHaveLength(1 + HELD_A_VIEWER_MAX)
  expect(held.waiting()[0]!.id).toBe('first')
  expect(held.dropped).toBe(HELD_POSTS_MAX - HELD_A_VIEWER_MAX)
  for (let i = 0; i < HELD_POSTS_MAX; i++) held.take(record(`p-${i}`, 10_000 + i))
  expect(held.waiting()).toHaveLength(HELD_POSTS_MAX)
  expect(held.find('first')).toBeUndefined()
})

test('of many decisions the newest are kept', () => {
  const held = new HeldPosts()
  for (let i = 0; i <= DECIDED_POSTS_MAX; i++) held.take(record(`p-${i}`, i, { decided: 'removed' }))
  expect(held.decided()).toHaveLength(DECIDED_POSTS_MAX)
  expect([held.find('p-0'), held.decided()[0]!.id]).toEqual([undefined, `p-${DECIDED_POSTS_MAX}`])
})

test('whoever reads the records of the log sees the same queue, however its partitions are mixed', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(ids, fc.infiniteStream(fc.nat()), (posts, order) => {
      // What is decided comes after what it is about: both are of one key.
      const histories = posts.map((n) => {
        const waits = record(`p-${n}`, n)
        return n % 3 === 0 ? [waits, { ...waits, decided: 'removed' as const }] : [waits]
      })
      const [one, other] = [new HeldPosts(), new HeldPosts()]
      for (const each of histories.flat()) one.take(each)
      const left = histories.map((history) => [...history])
      while (left.some(({ length }) => length > 0)) {
        const some = left.filter(({ length }) => length > 0)
        other.take(some[order.next().value! % some.length]!.shift()!)
      }
      expect(idsOf(other.waiting())).toEqual(idsOf(one.waiting()))
      expect(idsOf(other.decided()).sort()).toEqual(idsOf(one.decided()).sort())
    }),
  )
})

test('posts of one moment are in the order of their ids, and the first of them gives way first', () => {
  const ids = Array.from({ length: HELD_A_VIEWER_MAX + 1 }, (_, i) => `p-${100 + i}`)
  for (const order of [ids, ids.toReversed()]) {
    const held = new HeldPosts()
    for (const id of order) held.take(record(id, 7, { viewer: 'loud' }))
    expect(idsOf(held.waiting())).toEqual(ids.slice(1))
  }
})

test('a post that is decided again is the newest decision, and stays when older ones are dropped', () => {
  const held = new HeldPosts()
  const decide = (i: number) => held.take(record(`p-${i}`, i, { decided: 'removed' }))
  for (let i = 0; i < DECIDED_POSTS_MAX; i++) decide(i)
  decide(0)
  expect(held.decided()[0]!.id).toBe('p-0')
  decide(DECIDED_POSTS_MAX)
  expect([held.find('p-0')?.id, held.find('p-1')]).toEqual(['p-0', undefined])
})
