import { expect, test } from 'bun:test'
import { Overlap } from './overlap.ts'

test('what came by the way before is known again for a while, and what is said twice by one way is said twice', () => {
  const overlap = new Overlap()
  expect(overlap.isRepeated('a', 0)).toBe(false)
  expect(overlap.isRepeated('a', 100)).toBe(false)
  overlap.changed(200)
  expect([overlap.isRepeated('a', 300), overlap.isRepeated('b', 300)]).toEqual([true, false])
  expect(overlap.isRepeated('b', 2_300)).toBe(false)
})

test('nothing is remembered for long', () => {
  const overlap = new Overlap()
  overlap.isRepeated('a', 0)
  for (const now of [2_000, 4_000]) overlap.isRepeated('other', now)
  overlap.changed(4_100)
  expect(overlap.isRepeated('a', 4_200)).toBe(false)
})

test('of a flood the newest are remembered', () => {
  const overlap = new Overlap()
  for (let i = 0; i < 100_000; i++) overlap.isRepeated(`${i}`, 0)
  overlap.changed(1)
  expect([overlap.isRepeated('99999', 2), overlap.isRepeated('1', 2)]).toEqual([true, false])
})
