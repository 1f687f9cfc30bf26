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

test('of stickers tapped as often the first by id comes first, in whatever order they were counted', () => {
  for (const ids of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
    const top = topOf(new Map([...ids].map((id) => [id, 5])), { ms: 1000, peakPerSecond: 1, topMax: 8 })
    expect(top.map(([id]) => id)).toEqual(['a', 'b', 'c'])
  }
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

test('nothing that was tapped is an empty top', () => {
  expect(topOf(new Map(), { ms: 250, peakPerSecond: 4, topMax: 8 })).toEqual([])
  expect(topOf(new Map([['heart', 0]]), { ms: 250, peakPerSecond: 0, topMax: 8 })).toEqual([])
})

test('what cannot be shared out evenly goes to the largest remainders, and of equal ones to the first', () => {
  const draws = (...counts: number[]) =>
    topOf(new Map(counts.map((count, i) => [`s${i}`, count])), { ms: 1000, peakPerSecond: 1, topMax: 8 }).map(
      ([, , draw]) => draw,
    )
  // 60 to draw: exactly 20.0 each, then 25.7 + 17.1 + 17.1, then 34.1 + 17.05 + 8.8.
  expect(draws(100, 100, 100)).toEqual([20, 20, 20])
  expect(draws(30, 20, 20)).toEqual([26, 17, 17])
  expect(draws(500, 250, 129)).toEqual([34, 17, 9])
  expect(draws(61, 61)).toEqual([30, 30])
  // 51 to draw of 67: 20.55, 15.99, 12.94, 1.52.
  const [few, ms] = [Object.entries({ a: 27, b: 21, c: 17, d: 2 }), 850]
  expect(topOf(new Map(few), { ms, peakPerSecond: 1, topMax: 8 }).map(([, , draw]) => draw)).toEqual([
    21, 16, 13, 1,
  ])
  expect(draws(61, 61, 61, 61, 61, 61, 61)).toEqual([9, 9, 9, 9, 8, 8, 8])
})

test('no sticker is drawn more often than it was tapped', () => {
  expect(
    topOf(new Map(Object.entries({ heart: 3, six: 1, wow: 1 })), { ms: 1000, peakPerSecond: 1, topMax: 2 }),
  ).toEqual([
    ['heart', 3, 3],
    ['six', 1, 1],
  ])
})

test('a window of half a second draws half as many, and one of a minute sixty times as many', () => {
  expect(topOf(new Map([['heart', 1000]]), { ms: 500, peakPerSecond: 2000, topMax: 8 })).toEqual([
    ['heart', 1000, 30],
  ])
  expect(topOf(new Map([['heart', 1e6]]), { ms: 60_000, peakPerSecond: 1, topMax: 8 })).toEqual([
    ['heart', 1e6, 3600],
  ])
  expect(topOf(new Map([['heart', 500]]), { ms: 500, peakPerSecond: 4000, topMax: 8 })).toEqual([
    ['heart', 500, 15],
  ])
})

test('a sticker that nobody tapped is in no top', () => {
  const counts = new Map(Object.entries({ heart: 1, six: 0 }))
  expect(topOf(counts, { ms: 1000, peakPerSecond: 1, topMax: 8 })).toEqual([['heart', 1, 1]])
})
