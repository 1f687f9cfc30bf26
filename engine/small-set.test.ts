import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { SmallSet } from './small-set.ts'

test('whatever is added and deleted, it says what a Set says, few items or many', () => {
  const item = fc.integer({ min: 0, max: 14 })
  // Rare enough for many items to accumulate.
  const step = fc.oneof(
    { weight: 40, arbitrary: fc.record({ does: fc.constantFrom('add', 'add', 'delete', 'has'), item }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('clear'), item: fc.constant(0) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const small = new SmallSet<number>()
      const set = new Set<number>()
      for (const { does, item } of steps) {
        if (does === 'clear') {
          small.clear()
          set.clear()
        } else if (does === 'add') {
          small.add(item)
          set.add(item)
        } else if (does === 'delete') expect(small.delete(item)).toBe(set.delete(item))
        expect([small.has(item), small.size, [...small]]).toEqual([set.has(item), set.size, [...set]])
      }
    }),
  )
})
