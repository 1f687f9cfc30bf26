import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { SmallMap } from './small-map.ts'

test('whatever is set and deleted, it says what a Map says, few entries or many', () => {
  const step = fc.record({
    does: fc.constantFrom('set', 'set', 'delete'),
    key: fc.integer({ min: 0, max: 14 }),
    value: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const small = new SmallMap<number, number>()
      const map = new Map<number, number>()
      for (const { does, key, value } of steps) {
        if (does === 'delete') expect(small.delete(key)).toBe(map.delete(key))
        else {
          small.set(key, value)
          map.set(key, value)
        }
        expect([small.get(key), small.size, [...small]]).toEqual([map.get(key), map.size, [...map]])
      }
    }),
  )
})
