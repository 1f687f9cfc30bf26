import { expect, test } from 'bun:test'
import { Parents } from './parents.ts'

test('after a loss the next address is tried, round and round, each round up to twice as late', () => {
  const parents = new Parents({ count: 2, random: () => 1 })
  const attempts = Array.from({ length: 10 }, () => parents.down(0))
  expect(attempts.map(({ parent }) => parent)).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
  expect(attempts.map(({ delayMs }) => delayMs)).toEqual([
    500, 500, 1000, 1000, 2000, 2000, 4000, 4000, 5000, 5000,
  ])
})

test('a connection that lasted starts over, one that did not goes on', () => {
  const parents = new Parents({ count: 1, random: () => 1 })
  for (let i = 0; i < 4; i++) parents.down(0)
  parents.up(0, 0)
  expect(parents.down(29_000).delayMs).toBe(5_000)
  parents.up(0, 30_000)
  expect(parents.down(60_000).delayMs).toBe(500)
})

test('who is not with the first address asks it after ten to twenty seconds', () => {
  let chance = 0
  const parents = new Parents({ count: 3, random: () => chance })
  expect(parents.up(0, 0)).toBeUndefined()
  expect(parents.up(2, 0)).toBe(10_000)
  chance = 1
  expect(parents.climb()).toBe(20_000)
  expect(parents.up(0, 0)).toBeUndefined()
})
