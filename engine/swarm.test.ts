import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DRAW_PER_SECOND_MAX, recentPeak, topOf } from './swarm.ts'

const anyCounts = fc
  .dictionary(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), fc.integer({ min: 0, max: 5_000_000 }), {
    maxKeys: 20,
  })
  .map((counts) => new Map(Object.entries(counts)))

test('top is sorted, largest first, ties by id; a phone draws no more than it can, and no more than was tapped', () => {
  fc.assert(
    fc.property(
      anyCounts,
      fc.double({ min: 0, max: 1e8, noNaN: true }),
      fc.integer({ min: 50, max: 5000 }),
      (counts, peak, ms) => {
        const top = topOf(counts, { ms, peakPerSecond: peak, topMax: 8 })
        expect(top.length).toBe(Math.min(8, [...counts.values()].filter((n) => n > 0).length))
        for (let i = 1; i < top.length; i++) {
          const [[idA, a], [idB, b]] = [top[i - 1]!, top[i]!]
          expect(a > b || (a === b && idA < idB)).toBe(true)
        }
        let drawn = 0
        for (const [sticker, count, draw] of top) {
          expect(count).toBe(counts.get(sticker)!)
          expect(Number.isInteger(draw) && draw >= 0 && draw <= count).toBe(true)
          drawn += draw
        }
        expect(drawn).toBeLessThanOrEqual(Math.ceil((DRAW_PER_SECOND_MAX * ms) / 1000))
        if (top.length > 0) expect(drawn).toBeGreaterThan(0)
      },
    ),
  )
})

test('a hundred viewers at their peak and ten million at theirs make the same swarm', () => {
  const draws = (scale: number) =>
    topOf(
      new Map([
        ['heart', 75 * scale],
        ['six', 25 * scale],
      ]),
      { ms: 1000, peakPerSecond: 100 * scale, topMax: 8 },
    ).map(([, , draw]) => draw)
  expect(draws(1)).toEqual([45, 15])
  expect(draws(100_000)).toEqual([45, 15])
})

test('a tenth of the loudest moment is still a third of its picture', () => {
  const [entry] = topOf(new Map([['heart', 1000]]), { ms: 1000, peakPerSecond: 10_000, topMax: 8 })
  expect(entry![2]).toBe(Math.ceil(DRAW_PER_SECOND_MAX * Math.sqrt(0.1)))
})

test('one tap in an empty stadium is one sticker', () => {
  expect(topOf(new Map([['heart', 1]]), { ms: 250, peakPerSecond: 4, topMax: 8 })).toEqual([['heart', 1, 1]])
})

test('a peak counts half after a minute, and a louder moment is the new peak', () => {
  expect(recentPeak(1000, 10, 60_000)).toBe(500)
  expect(recentPeak(1000, 10, 120_000)).toBe(250)
  expect(recentPeak(1000, 2000, 1)).toBe(2000)
})
