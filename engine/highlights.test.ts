import { describe, expect, test } from 'bun:test'
import { seededRandom } from '../load/random.ts'
import { highlightsOf, type MoodStep } from './highlights.ts'
import { crowdAt, MATCH, MATCH_MS } from './match.ts'

/** A show of this many reactions in each second, with one sticker. */
const made = (counts: number[], stepMs = 1000): MoodStep[] =>
  counts.flatMap((count, i) => (count === 0 ? [] : [{ at: i * stepMs, counts: { heart: count } }]))
const many = (length: number, count: number): number[] => Array<number>(length).fill(count)
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
