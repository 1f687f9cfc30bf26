import { describe, expect, test } from 'bun:test'
import { seededRandom } from '../load/random.ts'
import { highlightsOf, type MoodStep } from './highlights.ts'
import { crowdAt, MATCH, MATCH_MS } from './match.ts'

/** A show of this many reactions in each second, with one sticker. */
const made = (counts: number[], stepMs = 1000): MoodStep[] =>
  counts.flatMap((count, i) => (count === 0 ? [] : [{ at: i * stepMs, counts: { heart: count } }]))
const many = (length: number, count: number): number[] => Array<number>(length).fill(count)
/** So many steps of 500 reactions, a second each. */
const at = (from: number, length: number): MoodStep[] =>
  many(length, 500).map((heart, i) => ({ at: from + i * 1000, counts: { heart } }))
const timesOf = (counts: number[]) => highlightsOf(made(counts)).map(({ at }) => at / 1000)

describe('made shows', () => {
  test('a crowd that is as loud as before has no highlight, loud or quiet', () => {
    for (const level of [0, 1, 20, 100_000]) expect(timesOf(many(100, level))).toEqual([])
    expect(highlightsOf([])).toEqual([])
  })

  test('a rise is one highlight, at its first step; a fall is none', () => {
    expect(timesOf([...many(20, 100), ...many(20, 400), ...many(20, 100)])).toEqual([20])
  })

  test('a rise that large numbers make certain, and that nobody sees, is none', () => {
    expect(timesOf([...many(20, 100_000), ...many(20, 130_000)])).toEqual([])
  })

  test('a few reactions more are chance', () => {
    expect(timesOf([...many(20, 1), 3, 4, 2, ...many(20, 1)])).toEqual([])
  })

  test('what comes out of a long silence is one, and what the range begins with is none', () => {
    expect(timesOf([...many(5, 500), ...many(4000, 0), ...many(5, 500)])).toEqual([4005])
  })

  test('a highlight says how many times as many reactions there were, and which sticker grew', () => {
    const steps = Array.from({ length: 20 }, (_, i) => ({
      at: i * 10_000,
      counts: i < 10 ? { heart: 100 } : { heart: 110, six: 240 },
    }))
    expect(highlightsOf(steps, 10_000)).toEqual([{ at: 100_000, lift: 3.5, sticker: 'six' }])
  })

  test('a sticker may have the name of what every object has', () => {
    const steps = Array.from({ length: 20 }, (_, i) => ({
      at: i * 1000,
      counts: { heart: 100, ...(i >= 10 && { constructor: 300 }) } as Record<string, number>,
    }))
    expect(highlightsOf(steps)).toEqual([{ at: 10_000, lift: 4, sticker: 'constructor' }])
  })

  /** Reactions whose level on the scale of equal noise is so much. */
  const countOf = (level: number): number => Math.round((level / 2) ** 2 - 3 / 8)

  test('a rise counts by the noise of the crowd itself: five of its standard deviations, and no less', () => {
    // Two of three neighbours differ by 4 of the scale.
    const deviation = (4 / (0.6745 * Math.SQRT2)) * Math.sqrt(2 / 3)
    const flickering = (from: number, rise: number) =>
      Array.from({ length: 60 }, (_, i) => countOf(from + (i < 30 ? 0 : rise) + (i % 3 === 0 ? 0 : 4)))
    const found = (scores: number) => timesOf(flickering(20, scores * deviation))
    expect(found(4.8)).toEqual([])
    expect(found(5.2)).toEqual([30])
  })

  test('a crowd without noise has that of chance: one on the scale', () => {
    const rise = (scores: number) => {
      const level = 20 + scores * Math.sqrt(2 / 3)
      return timesOf([...many(30, countOf(20)), ...many(30, countOf(level))])
    }
    // From 100 reactions in a step five deviations lead to 147: a rise for certain, and no doubling.
    expect(rise(5.2)).toEqual([])
    expect(rise(11)).toEqual([30])
    const few = (count: number) => timesOf([...many(30, 1), ...many(30, count)])
    // From 1 (2.35 on the scale) five deviations lead to 6.43: 9.95 reactions.
    expect([few(9), few(10)]).toEqual([[], [30]])
  })

  test('it is a highlight from twice as many on', () => {
    const to = (count: number) => timesOf([...many(30, 1000), ...many(30, count)])
    expect([to(1999), to(2000)]).toEqual([[], [30]])
  })

  test('three steps before and three after are needed: at the ends of a range none is found', () => {
    expect(timesOf([...many(3, 10), ...many(3, 500)])).toEqual([3])
    expect(timesOf([...many(2, 10), ...many(3, 500)])).toEqual([])
    expect(timesOf([...many(3, 10), ...many(2, 500)])).toEqual([])
  })

  test('a silence of six steps is silence like any, and one of seven or more is not walked through', () => {
    for (const silent of [5, 6, 7, 8, 100_000])
      expect(timesOf([...many(9, 500), ...many(silent, 0), ...many(9, 500)])).toEqual([9 + silent])
    expect(timesOf([...many(9, 500), 0, ...many(9, 500)])).toEqual([])
    const [a, b] = [at(0, 9), at(1e15, 9)]
    expect(highlightsOf([...a, ...b]).map(({ at }) => at)).toEqual([1e15])
  })

  test('a single loud step after a long silence and before one is found', () => {
    const steps = [...at(0, 5), ...at(1_000_000, 1), ...at(2_000_000, 5)]
    expect(highlightsOf(steps).map(({ at }) => at)).toEqual([1_000_000, 2_000_000])
  })

  test('a single loud step is found at that step, out of silence or out of a murmur', () => {
    for (const silent of [3, 4, 5, 6, 7, 8, 20])
      expect(timesOf([...many(9, 5), ...many(silent, 0), 500, ...many(5, 0), ...many(3, 1)])).toEqual([
        9 + silent,
      ])
    for (const murmur of [1, 7, 10])
      expect(timesOf([...many(20, murmur), 500, ...many(20, murmur)])).toEqual([20])
    expect(timesOf([...many(20, 1), 300, 400, ...many(20, 1)])).toEqual([20])
  })

  test('of two rises within three steps the stronger is one, of equal ones the first', () => {
    expect(timesOf([...many(20, 100), ...many(2, 400), ...many(20, 4000)])).toEqual([22])
    expect(timesOf([...many(20, 0), ...many(3, 0), 200, 200, 200, 200, ...many(20, 200)])).toEqual([])
  })

  test('out of silence a highlight is as many times as many as one reaction, to a decimal', () => {
    const [found] = highlightsOf([...at(0, 5), ...at(1_000_000, 3)])
    expect(found).toEqual({ at: 1_000_000, lift: 1500, sticker: 'heart' })
    const third = (before: number, after: number) =>
      highlightsOf(made([...many(9, before), ...many(9, after)]))[0]!.lift
    expect([third(300, 1000), third(300, 980)]).toEqual([3.3, 3.3])
    expect(third(400, 1420)).toBe(3.6)
  })

  test('the sticker of a highlight is the one that grew most, and not the one of which there are most', () => {
    const steps = Array.from({ length: 20 }, (_, i) => ({
      at: i * 1000,
      counts: i < 10 ? { heart: 900, wow: 300 } : { heart: 1200, six: 700, wow: 900 },
    }))
    expect(highlightsOf(steps)[0]).toMatchObject({ sticker: 'six', lift: 2.3 })
    const fromNothing = Array.from({ length: 20 }, (_, i) => ({
      at: i * 1000,
      counts: i < 10 ? { heart: 1 } : { heart: i === 10 ? 99 : 101, six: 100 },
    }))
    // Three steps of `heart` are 298 more, of `six` 300.
    expect(highlightsOf(fromNothing)[0]!.sticker).toBe('six')
  })

  test('there are fifty at most, the strongest, oldest first', () => {
    const peaks = Array.from({ length: 80 }, (_, i) => [...many(10, 50), ...many(3, 300 + 10 * i)]).flat()
    const found = timesOf(peaks)
    expect(found.length).toBe(50)
    expect(found[0]).toBe(30 * 13 + 10)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
  })
})

describe('the crowd of the scripted final', () => {
  const LOUD = ['four', 'six', 'wicket', 'not-out', 'won', 'cup']
  /** What the crowd sends in each second, with the noise of chance. */
  function crowd(perSecond: number, seed: number): MoodStep[] {
    const random = seededRandom(seed)
    return Array.from({ length: MATCH_MS / 1000 }, (_, i) => {
      const counts: Record<string, number> = {}
      for (let ms = 50; ms < 1000; ms += 100) {
        const { loudness, stickers } = crowdAt(i * 1000 + ms)
        for (const [sticker, weight] of stickers)
          counts[sticker] = (counts[sticker] ?? 0) + poisson((perSecond * loudness * weight) / 10, random)
      }
      return { at: i * 1000, counts }
    })
  }

  test.each([
    [400, 1],
    [2_000, 2],
    [50_000, 3],
  ])(
    'of %d reactions in its loudest second: every great moment is found, and nothing else',
    (perSecond, seed) => {
      const found = highlightsOf(crowd(perSecond, seed))
      const near = (at: number, impactMs: number) => at >= impactMs - 1500 && at <= impactMs + 2500
      const missed = MATCH.filter(({ kind }) => LOUD.includes(kind)).filter(
        ({ impactMs }) => !found.some(({ at }) => near(at, impactMs)),
      )
      expect(missed.map(({ kind, impactMs }) => [kind, impactMs])).toEqual([])
      const more = found.filter(
        ({ at }) =>
          !MATCH.some(
            ({ kind, impactMs }) => [...LOUD, 'review', 'last-over'].includes(kind) && near(at, impactMs),
          ),
      )
      expect(more).toEqual([])
      expect(
        found.find(({ at }) => near(at, MATCH.find(({ kind }) => kind === 'wicket')!.impactMs))?.sticker,
      ).toBe('wicket')
    },
  )
})

/** A count of chance: by Knuth for few, by the normal law for many. */
function poisson(mean: number, random: () => number): number {
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
  }
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}

test('a single loud step is found at that step, out of a murmur that is not the same each second', () => {
  for (const before of [
    [3, 3, 5],
    [5, 4, 4],
    [3, 5, 3],
  ])
    for (const after of [
      [3, 3, 3],
      [5, 3, 3],
      [3, 5, 4],
    ]) {
      const murmur = [...many(20, 3), ...before]
      expect([
        before,
        after,
        highlightsOf(made([...murmur, 500, ...after, ...many(20, 3)])).map(({ at }) => at / 1000),
      ]).toEqual([before, after, [23]])
    }
})
