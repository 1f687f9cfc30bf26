import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type CutEnds, covers, isNextCut, nextCut } from './cuts.ts'

const ends = fc.array(fc.nat(5), { minLength: 1, maxLength: 3 })
const cuts = fc.array(ends, { maxLength: 3 })
const endOf = (of: readonly number[] | undefined, partition: number) => of?.[partition] ?? 0

test('a cut covers what is before its ends in every partition, and without one only an empty log is covered', () => {
  expect(covers([], [0, 0])).toBe(true)
  expect(covers([], [0, 1])).toBe(false)
  expect(covers([[3, 2]], [3, 2])).toBe(true)
  expect(covers([[3, 2]], [3, 3])).toBe(false)
  expect(covers([[9, 9], [3]], [3, 1])).toBe(false)
})

test('the next cut reaches to both, in as many partitions as either has', () => {
  fc.assert(
    fc.property(cuts, ends, (before: CutEnds, log) => {
      const cut = nextCut(before, log)
      const last = before.at(-1)
      expect(cut.ends).toHaveLength(Math.max(log.length, last?.length ?? 0))
      for (const [i, end] of cut.ends.entries()) expect(end).toBe(Math.max(endOf(last, i), endOf(log, i)))
      expect(covers([...before, cut.ends], log)).toBe(true)
      expect(isNextCut(before, cut)).toBe(!covers(before, log))
    }),
  )
})

test('what goes back in a partition, loses one or adds nothing is no cut', () => {
  expect(isNextCut([[3, 2]], { ends: [4, 1] })).toBe(false)
  expect(isNextCut([[3, 0]], { ends: [4] })).toBe(false)
  expect(isNextCut([[3, 2]], { ends: [3, 2] })).toBe(false)
  expect(isNextCut([[3, 2]], { ends: [3, 3] })).toBe(true)
  expect(isNextCut([], { ends: [0] })).toBe(false)
  expect(isNextCut([], { ends: [1] })).toBe(true)
})
