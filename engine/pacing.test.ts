import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { SAMPLE_MIN } from '../protocol/limits.ts'
import { Pacing } from './pacing.ts'

const pacing = () => new Pacing({ flushMs: 1000, flushMsMax: 5000, requestsPerSecondMax: 100 })

test('under load flushes get rarer first, and only then clients sample', () => {
  const paces = pacing()
  const seen = Array.from({ length: 6 }, (_, second) => paces.step(1000, second * 1000))
  expect(seen).toEqual([
    { flushMs: 2000, sample: 1 },
    { flushMs: 4000, sample: 1 },
    { flushMs: 5000, sample: 1 },
    { flushMs: 5000, sample: 0.5 },
    { flushMs: 5000, sample: 0.25 },
    { flushMs: 5000, sample: 0.125 },
  ])
})

test('after the load everything is as it was: counts are exact first, flushes are quick again then', () => {
  const paces = pacing()
  for (let second = 0; second < 20; second++) paces.step(1000, second * 1000)
  expect(paces.pace.sample).toBe(SAMPLE_MIN)
  let exactAt = 0
  for (let second = 20; second < 60; second++) {
    const { flushMs, sample } = paces.step(1, second * 1000)
    if (sample === 1 && exactAt === 0) exactAt = second
    if (sample < 1) expect(flushMs).toBe(5000)
  }
  expect(exactAt).toBeGreaterThan(0)
  expect(paces.pace).toEqual({ flushMs: 1000, sample: 1 })
})

test('a client that still sends by an older pace is believed for a minute, and no longer', () => {
  const paces = pacing()
  for (let second = 0; second < 4; second++) paces.step(1000, second * 1000)
  expect(paces.pace.sample).toBe(0.5)
  paces.step(1, 4000)
  expect(paces.pace.sample).toBe(1)
  expect(paces.sampleMin(4001)).toBe(0.5)
  expect(paces.sampleMin(64_000)).toBe(1)
})

test('the pace stays within its bounds, whatever the load', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1000 })), (loads) => {
      const paces = pacing()
      for (const [second, load] of loads.entries()) {
        const { flushMs, sample } = paces.step(load, second * 1000)
        expect(flushMs >= 1000 && flushMs <= 5000).toBe(true)
        expect(sample >= SAMPLE_MIN && sample <= 1 && Number.isInteger(1 / sample)).toBe(true)
      }
    }),
  )
})

test('a server that was told no limit never asks for less', () => {
  const paces = new Pacing({ flushMs: 1000, flushMsMax: 5000, requestsPerSecondMax: 0 })
  expect(paces.step(1e9, 0)).toEqual({ flushMs: 1000, sample: 1 })
})

test('a load between two thirds and all of the limit changes nothing', () => {
  const paces = pacing()
  paces.step(1000, 0)
  for (const load of [40, 60, 90]) expect(paces.step(load, 1000)).toEqual({ flushMs: 2000, sample: 1 })
  expect(paces.step(91, 2000).flushMs).toBe(4000)
  expect(paces.step(39, 3000).flushMs).toBe(3200)
})

test('a slowest flush below the usual one is the usual one', () => {
  const paces = new Pacing({ flushMs: 1000, flushMsMax: 500, requestsPerSecondMax: 100 })
  expect(paces.step(1000, 0)).toEqual({ flushMs: 1000, sample: 0.5 })
})

test('of several older samples the smallest of the last minute is believed, to the millisecond', () => {
  const paces = pacing()
  for (let second = 0; second < 5; second++) paces.step(1000, second * 1000)
  expect(paces.pace.sample).toBe(0.25)
  paces.step(1, 5000)
  paces.step(1, 6000)
  expect(paces.pace.sample).toBe(1)
  expect(paces.sampleMin(64_999)).toBe(0.25)
  expect(paces.sampleMin(65_000)).toBe(0.5)
  expect(paces.sampleMin(66_000)).toBe(1)
})

test('samples that nobody may use any more take no memory, however long the load stays', () => {
  const paces = pacing()
  for (let second = 0; second < 5; second++) paces.step(1000, second * 1000)
  expect(paces.sampleMin(1e12)).toBe(paces.pace.sample)
})
