import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LeafPlaces } from './leaf-places.ts'

const steps = fc.array(
  fc.record({ partition: fc.nat({ max: 2 }), gap: fc.constantFrom(0, 0, 0, 1, 7), repeat: fc.boolean() }),
  { maxLength: 60 },
)

test('each place has its leaf, each leaf its place, and what stands between has none', () => {
  fc.assert(
    fc.property(steps, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (ballots, a, b) => {
      const places = new LeafPlaces()
      const next = [0, 0, 0]
      const all: { partition: number; offset: number }[] = []
      for (const { partition, gap, repeat } of ballots) {
        next[partition]! += gap
        const place = { partition, offset: next[partition]!++ }
        if (!repeat) places.add(place, all.push(place) - 1)
      }
      for (const [partition, end] of next.entries())
        for (let offset = 0; offset <= end; offset++) {
          const leaf = all.findIndex((place) => place.partition === partition && place.offset === offset)
          expect(places.leafAt({ partition, offset })).toBe(leaf === -1 ? undefined : leaf)
        }
      const [from, to] = [Math.min(a, b, all.length), Math.min(Math.max(a, b), all.length)]
      expect(places.placesOf(from, to)).toEqual(all.slice(from, to))
    }),
  )
})

test('of a partition of which it has nothing it knows no leaf', () => {
  expect(new LeafPlaces().leafAt({ partition: 4, offset: 0 })).toBeUndefined()
})
