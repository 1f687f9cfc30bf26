import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { FeedPacket } from '../../../protocol/packets.ts'
import { FEED, HELD_MAX, type Held, HoldBack } from './hold-back.ts'

const feedOf = (n: number, at = 0): FeedPacket => ({ at, ms: 250, n, posts: [] })
const held = (topic: string, until: number, event: unknown = feedOf(1)): Held => ({
  topic,
  event,
  until,
  since: until,
})

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ push: fc.constantFrom(FEED, 'mood', 'poll/mvp'), laterMs: fc.nat(2_000) }),
  },
  // The player: it plays, stalls, seeks back, seeks forward.
  { weight: 3, arbitrary: fc.record({ playMs: fc.integer({ min: -20_000, max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ flood: HELD_MAX / 2 }) },
)

test('whatever the player does: nothing before its picture, nothing out of order, never more than the bound, and nothing left after a seek to the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new HoldBack()
      const [pushed, seen] = [new Map<string, number[]>(), new Map<string, number[]>()]
      let [at, position, posts, counted] = [0, 0, 0, 0]
      const push = (topic: string) => {
        queue.push(held(topic, at))
        pushed.set(topic, [...(pushed.get(topic) ?? []), at])
        if (topic === FEED) posts++
        expect(queue.size).toBeLessThanOrEqual(HELD_MAX)
      }
      const take = () => {
        const due = queue.take(({ until }) => until <= position)
        for (const { topic, until, event } of due) {
          expect(until).toBeLessThanOrEqual(position)
          expect(until).toBeGreaterThanOrEqual(seen.get(topic)?.at(-1) ?? 0)
          seen.set(topic, [...(seen.get(topic) ?? []), until])
          if (topic === FEED) counted += (event as FeedPacket).n
        }
        expect(due.map(({ until }) => until)).toEqual(due.map(({ until }) => until).sort((a, b) => a - b))
        for (const topic of new Set(due.map(({ topic }) => topic)))
          if (topic !== FEED) expect(due.filter((one) => one.topic === topic)).toHaveLength(1)
      }
      for (const one of steps) {
        if ('push' in one) {
          at += one.laterMs
          push(one.push)
        } else if ('flood' in one) for (let i = 0; i < one.flood; i++) push(['mood', FEED][i % 2]!)
        else position += one.playMs
        take()
      }
      position = at
      take()
      expect(queue.size).toBe(0)
      // The newest state is known, and every post was shown or counted.
      for (const [topic, all] of pushed) if (topic !== FEED) expect(seen.get(topic)!.at(-1)).toBe(all.at(-1)!)
      expect(counted).toBe(posts)
    }),
    { numRuns: Number(process.env.SEEDS ?? 100) },
  )
})

test('of the feed every packet is taken, of a mood the newest that is due', () => {
  const queue = new HoldBack()
  for (const until of [1, 2, 3]) for (const topic of [FEED, 'mood']) queue.push(held(topic, until))
  expect(queue.take(({ until }) => until <= 2).map(({ topic, until }) => [topic, until])).toEqual([
    [FEED, 1],
    [FEED, 2],
    ['mood', 2],
  ])
  expect(queue.size).toBe(2)
})

test('posts of before that come late stand before newer ones, and any other packet behind those that came first', () => {
  const queue = new HoldBack()
  for (const until of [5, 2, 7]) for (const topic of [FEED, 'mood']) queue.push(held(topic, until))
  const due = queue.take(({ until }) => until <= 5)
  const untilOf = (of: string) => due.filter(({ topic }) => topic === of).map(({ until }) => until)
  expect([untilOf(FEED), untilOf('mood')]).toEqual([[2, 5], [5]])
})

test('over the bound what is held still spans the same time, and a post that is dropped is counted', () => {
  const queue = new HoldBack()
  for (let until = 0; until <= HELD_MAX; until++) queue.push(held(FEED, until))
  expect(queue.size).toBeLessThanOrEqual(HELD_MAX / 2 + 1)
  const all = queue.take(() => true)
  expect([all[0]!.until, all.at(-1)!.until]).toEqual([1, HELD_MAX])
  expect(all.reduce((sum, { event }) => sum + (event as FeedPacket).n, 0)).toBe(HELD_MAX + 1)
})

test('more topics than packets that may be held are held no longer than there is room', () => {
  const queue = new HoldBack()
  for (let i = 0; i <= HELD_MAX; i++) queue.push(held(`poll/${i}`, i))
  expect(queue.size).toBe(HELD_MAX)
})
