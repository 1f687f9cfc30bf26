import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DEMO_SHOW } from '../engine/demo-show.ts'
import { crowdAt, MATCH_MS } from '../engine/match.ts'
import { BURST_COUNT_MAX } from '../protocol/limits.ts'
import { probeSticker, probesPerSecond } from './probes.ts'
import { type Plan, type PlannedBurst, schedule } from './schedule.ts'
import { SHAPES, type ShapeName } from './shapes/shapes.ts'

const pack = DEMO_SHOW.stickers.map(({ sticker }) => sticker)
const segments = DEMO_SHOW.segments.map(({ segment }) => segment)
const kept = probeSticker(pack)!
const cast = { stickers: pack.filter((sticker) => sticker !== kept), segments }

const plans = fc
  .record({
    rate: fc.integer({ min: 1, max: 3000 }),
    seconds: fc.integer({ min: 1, max: 20 }),
    burst: fc.integer({ min: 1, max: BURST_COUNT_MAX }),
    seed: fc.integer({ min: 0 }),
    shape: fc.constantFrom<ShapeName>('steady', 'match', 'storm'),
    windowMs: fc.constantFrom(50, 250, 2000),
  })
  .map(({ rate, seconds, burst, seed, shape, windowMs }): Plan => {
    const probes = { probesPerSecond: probesPerSecond({ rate, windowMs }), probeSticker: kept }
    return { taps: rate * seconds, seconds, burst, seed, shape: SHAPES[shape](cast), ...probes }
  })

const tapsOf = (bursts: PlannedBurst[]): number => bursts.reduce((sum, { taps }) => sum + taps, 0)

test('a schedule has exactly the taps it was asked for, in the order in which they are due, within its time', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const bursts = [...schedule(plan)]
      expect(tapsOf(bursts)).toBe(plan.taps)
      let before = 0
      for (const { dueMs, taps, stickers } of bursts) {
        expect(dueMs).toBeGreaterThanOrEqual(before)
        expect(dueMs).toBeLessThanOrEqual(plan.seconds * 1000)
        expect(Object.values(stickers).reduce((sum, count) => sum + count, 0)).toBe(taps)
        expect(Math.min(...Object.values(stickers))).toBeGreaterThanOrEqual(1)
        before = dueMs
      }
    }),
    { numRuns: 50 },
  )
})

test('the same seed is the same schedule, another seed another one', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const first = [...schedule(plan)]
      expect([...schedule(plan)]).toEqual(first)
      if (first.length > 10) expect([...schedule({ ...plan, seed: plan.seed + 1 })]).not.toEqual(first)
    }),
    { numRuns: 20 },
  )
})

test('only probes use the sticker that is kept for them, a tenth of all taps at most', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const bursts = [...schedule(plan)]
      for (const { stickers, probe, taps } of bursts) {
        expect(Object.keys(stickers).includes(kept)).toBe(probe !== undefined)
        if (probe !== undefined) expect(taps).toBe(2 ** probe)
      }
      expect(tapsOf(bursts.filter(({ probe }) => probe !== undefined))).toBeLessThanOrEqual(
        plan.taps / 10 + 64,
      )
    }),
    { numRuns: 50 },
  )
})

describe('a run of 20,000 bursts', () => {
  const plan = { taps: 20_000, burst: 1, seconds: 100, probesPerSecond: 0, probeSticker: undefined, seed: 1 }

  test('arrives as a crowd does: the gaps of a Poisson process spread as wide as they are long', () => {
    const due = [...schedule({ ...plan, shape: SHAPES.steady(cast) })].map(({ dueMs }) => dueMs)
    const gaps = due.slice(1).map((dueMs, index) => dueMs - due[index]!)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
    expect(mean).toBeCloseTo(5, 1)
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
  })

  test('follows the match: each sixtieth of it has its share of the loudness', () => {
    const slices = Array.from({ length: 60 }, () => 0)
    for (const { dueMs } of schedule({ ...plan, shape: SHAPES.match(cast) })) {
      slices[Math.min(59, Math.floor((dueMs / 100_000) * 60))]!++
    }
    const loudness = slices.map((_, slice) => {
      let sum = 0
      for (let step = 0; step < 100; step++) sum += crowdAt(((slice + step / 100) / 60) * MATCH_MS).loudness
      return sum
    })
    const all = loudness.reduce((sum, value) => sum + value, 0)
    for (const [slice, bursts] of slices.entries()) {
      const expected = (20_000 * loudness[slice]!) / all
      // Six standard deviations, and the shape is read in steps.
      expect(Math.abs(bursts - expected)).toBeLessThan(6 * Math.sqrt(expected) + 0.05 * expected + 6)
    }
  })
})
