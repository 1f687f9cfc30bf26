import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Column } from './column.ts'

test('a number takes as many bytes as the largest of its column needs, and nothing where all are 0', () => {
  const column = new Column(10)
  const bytesWith = (value: number) => {
    column.set(3, value)
    return column.cells.byteLength / 10
  }
  expect([0, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32].map(bytesWith)).toEqual([0, 1, 2, 2, 4, 4, 8])
})

test('the cells that a larger number has outgrown are given back at once', () => {
  const column = new Column(10)
  column.set(3, 255)
  const { cells } = column
  column.set(3, 256)
  expect(cells.length).toBe(0)
})

test('it says of each slot what was last set, as an array does', () => {
  const value = fc.oneof(fc.nat(300), fc.nat(70_000), fc.maxSafeNat())
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), value)), (sets) => {
      const column = new Column(10)
      const array = Array.from({ length: 10 }, () => 0)
      for (const [slot, number] of sets) {
        column.set(slot, number)
        array[slot] = number
        expect(array.map((_, at) => column.at(at))).toEqual(array)
      }
    }),
  )
})
