import { expect, test } from 'bun:test'
import { isSame, stepsOfConsistency } from './consistency.ts'

/** A sibling that stands for a node of the tree, by its place in the RFC's picture. */
const node = (place: number) => Uint8Array.of(place)
/** The steps as `left` or `right`, with the sibling's place. */
const steps = (from: number, to: number, ...path: number[]) => {
  const way = stepsOfConsistency(from, to, path.map(node))
  return (
    way && [
      way.start?.[0],
      ...way.steps.map(({ sibling, left }) => `${left ? 'left' : 'right'} ${sibling[0]}`),
    ]
  )
}

test('the ways of the RFC 9162 section 2.1.5 examples, from trees of 3, 4 and 6 leaves to one of 7', () => {
  expect(steps(3, 7, 1, 2, 3, 4)).toEqual([1, 'right 2', 'left 3', 'right 4'])
  expect(steps(4, 7, 1)).toEqual([undefined, 'right 1'])
  expect(steps(6, 7, 1, 2, 3)).toEqual([1, 'right 2', 'left 3'])
})

test('a tree of one leaf has the older root at its beginning, and a node without a sibling is the same on the level above', () => {
  expect(steps(1, 2, 1)).toEqual([undefined, 'right 1'])
  expect(steps(5, 6, 1, 2, 3)).toEqual([1, 'right 2', 'left 3'])
  expect(steps(9, 10, 1, 2, 3)).toEqual([1, 'right 2', 'left 3'])
  expect(steps(13, 14, 1, 2, 3, 4)).toEqual([1, 'right 2', 'left 3', 'left 4'])
  // Two levels up at once, twice: 21 leaves are the tree of 16, that of 4 and one.
  expect(steps(21, 22, 1, 2, 3, 4)).toEqual([1, 'right 2', 'left 3', 'left 4'])
})

test('from an empty tree there is no way, however long the path', () => {
  for (let length = 0; length < 6; length++)
    expect(
      stepsOfConsistency(
        0,
        4,
        Array.from({ length }, (_, i) => node(i)),
      ),
    ).toBeUndefined()
})

test('two hashes are the same where every byte is, and they are as long', () => {
  const same = (a: number[], b: number[]) => isSame(Uint8Array.from(a), Uint8Array.from(b))
  expect([same([], []), same([1, 2], [1, 2])]).toEqual([true, true])
  expect([same([1, 2], [1, 3]), same([1, 2], [1]), same([1], [1, 2]), same([1, 2], [3, 4])]).toEqual([
    ...[false, false, false, false],
  ])
})

test('sizes that no two trees have, one behind the other, have no way', () => {
  for (const [from, to] of [
    [0, 7],
    [-1, 7],
    [7, 7],
    [8, 8],
    [8, 7],
    [Number.NaN, 7],
    [1, 2 ** 53],
  ] as const)
    expect(stepsOfConsistency(from, to, [])).toBeUndefined()
})

test('a path that is too short or too long for its sizes has no way', () => {
  for (const [from, to, length] of [
    [3, 7, 4],
    [4, 7, 1],
    [6, 7, 3],
  ] as const) {
    const path = (n: number) => Array.from({ length: n }, (_, i) => node(i))
    expect(stepsOfConsistency(from, to, path(length))).toBeDefined()
    for (const other of [0, length - 1, length + 1])
      expect(stepsOfConsistency(from, to, path(other))).toBeUndefined()
  }
})
