import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { RecentRecords } from './recent-records.ts'

test('the newest records are found as they were, and any other only as it was or not at all', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 40 }), fc.nat(1000), (sizes, max, first) => {
      const recent = new RecentRecords({ max, bytesMax: 64 })
      const all = sizes.map((size, i) => new Uint8Array(size).fill(i + 1))
      for (const [i, record] of all.entries()) {
        recent.add(first + i, record)
        expect(recent.get(first + i)).toEqual(record)
        // Two fit, wherever the ring begins anew.
        if (i > 0 && max > 1) expect(recent.get(first + i - 1)).toEqual(all[i - 1]!)
        for (let before = 0; before < i; before++) {
          const found = recent.get(first + before)
          expect(recent.has(first + before)).toBe(found !== undefined)
          if (found !== undefined) expect(found).toEqual(all[before]!)
        }
      }
      expect(recent.has(first + all.length)).toBe(false)
    }),
  )
})

test('a number may be far from the others, is overwritten by one of its slot, and gives a copy', () => {
  const recent = new RecentRecords({ max: 8, bytesMax: 64 })
  const far = 3 * 2 ** 40 + 5
  recent.add(far, new Uint8Array([1, 2]))
  recent.get(far)!.fill(9)
  expect(recent.get(far)).toEqual(new Uint8Array([1, 2]))
  recent.add(far + 8, new Uint8Array([3]))
  expect([recent.get(far), recent.get(far + 8)]).toEqual([undefined, new Uint8Array([3])])
})

test('a record longer than all of the memory is not kept, and takes nothing of what is', () => {
  const recent = new RecentRecords({ max: 8, bytesMax: 4 })
  recent.add(1, new Uint8Array([1, 2, 3, 4]))
  recent.add(2, new Uint8Array(5))
  expect([recent.get(1), recent.get(2)]).toEqual([new Uint8Array([1, 2, 3, 4]), undefined])
})
