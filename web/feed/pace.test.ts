import { expect, test } from 'bun:test'
import type { Post } from '../../sdk/src/index.ts'
import { Pace } from './pace.ts'

const packet = (count: number): Post[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `p${i}`,
    viewer: `v${i}`,
    name: 'Ada',
    sticker: 'six',
    at: i,
  }))
const nobody = { isOwn: () => false }

test('a screen is new every three seconds at most, and the rest is counted', () => {
  const pace = new Pace({ random: Math.random })
  let shown = 0
  let more = 0
  for (let second = 0; second < 30; second++) {
    const taken = pace.take(packet(8), { n: 1_000, rows: 9, now: second * 1_000, ...nobody })
    shown += taken.shown.length
    more += taken.more
  }
  // The screen is empty at first.
  expect(shown).toBeLessThanOrEqual(9 + 29 * 3)
  expect(shown).toBeGreaterThanOrEqual(29 * 3)
  expect(shown + more).toBe(30_000)
})

test('a calm feed is whole, and a packet with one post is shown on the smallest of screens', () => {
  const pace = new Pace({ random: Math.random })
  for (let i = 0; i < 50; i++) {
    expect(pace.take(packet(1), { n: 1, rows: 1, now: i * 100, ...nobody })).toMatchObject({ more: 0 })
  }
})

test('each post has the same chance, own ones always stand, and the order stays', () => {
  let seed = 7
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const seen = new Map<string, number>()
  for (let round = 0; round < 2_000; round++) {
    const pace = new Pace({ random })
    const { shown } = pace.take(packet(20), { n: 20, rows: 6, now: 0, isOwn: ({ id }) => id === 'p9' })
    expect(shown.map(({ at }) => at)).toEqual(shown.map(({ at }) => at).toSorted((a, b) => a - b))
    for (const { id } of shown) seen.set(id, (seen.get(id) ?? 0) + 1)
  }
  expect(seen.get('p9')).toBe(2_000)
  seen.delete('p9')
  expect(seen.size).toBe(19)
  const expected = (2_000 * 6) / 19
  for (const times of seen.values()) expect(Math.abs(times - expected)).toBeLessThan(expected / 5)
})
