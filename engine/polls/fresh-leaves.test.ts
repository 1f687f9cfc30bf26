import { expect, test } from 'bun:test'
import { FreshLeaves } from './fresh-leaves.ts'

const ballot = (
  n: number,
  sequence: number,
  more: { show?: string; poll?: string; producer?: string } = {},
) => ({
  show: 'final',
  poll: 'mvp',
  producer: 'in-1',
  sequence,
  hash: new Uint8Array(32).fill(n),
  ...more,
})

test('leaves come from a place on as far as there is no gap, and no more than are asked for', () => {
  const leaves = new FreshLeaves(16)
  for (const offset of [4, 5, 6, 8]) leaves.add({ partition: 1, offset }, ballot(offset, offset))
  const offsets = (offset: number, count = 9) =>
    leaves.from({ partition: 1, offset }, count).map(({ place }) => place.offset)
  expect([offsets(3), offsets(4), offsets(5, 1), offsets(7), offsets(8)]).toEqual([
    [],
    [4, 5, 6],
    [5],
    [],
    [8],
  ])
  expect(leaves.from({ partition: 0, offset: 4 }, 1)).toEqual([])
})

test('before a leaf was added there is none, in any partition', () => {
  const leaves = new FreshLeaves(16)
  for (const partition of [0, 1, 2]) expect(leaves.from({ partition, offset: 0 }, 1)).toEqual([])
})

test('each says whose it is, and keeps its hash when its slot is taken by another place', () => {
  const leaves = new FreshLeaves(4)
  const at = (offset: number) => ({ partition: 0, offset })
  const added = [
    ballot(1, 7),
    ballot(2, 8, { poll: 'quiz' }),
    ballot(3, 0, { poll: 'quiz', producer: 'in-2' }),
    ballot(4, 1, { show: 'semi', poll: 'quiz', producer: 'in-2' }),
  ]
  for (const [i, one] of added.entries()) leaves.add(at(1 + i), one)
  const kept = leaves.from(at(1), 4)
  leaves.add(at(5), ballot(5, 9))
  expect(kept).toEqual(added.map((one, i) => ({ place: at(1 + i), ballot: one })))
  expect([leaves.from(at(1), 1), leaves.from(at(5), 1).length]).toEqual([[], 1])
})
