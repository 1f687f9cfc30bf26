import { expect, test } from 'bun:test'
import { Roar } from './roar.ts'

const WINDOW_MS = 250
/** Feeds windows of one size and returns the loudness of the last. */
function windows(roar: Roar, { from, to, n }: { from: number; to: number; n: number }): number {
  let loudness = 0
  for (let at = from; at < to; at += WINDOW_MS) loudness = roar.add({ n, ms: WINDOW_MS }, at)
  return loudness
}

test('an even crowd is no roar, however large', () => {
  const roar = new Roar()
  expect(windows(roar, { from: 0, to: 60_000, n: 100_000 })).toBe(0)
})

test('many times the recent mood is a roar, and it dies away', () => {
  const roar = new Roar()
  windows(roar, { from: 0, to: 30_000, n: 20 })
  expect(roar.add({ n: 120, ms: WINDOW_MS }, 30_000)).toBe(1)
  expect(roar.at(30_900)).toBeCloseTo(0.5)
  expect(roar.at(40_000)).toBeLessThan(0.01)
})

test('twice the recent mood is heard a little', () => {
  const roar = new Roar()
  windows(roar, { from: 0, to: 30_000, n: 20 })
  const loudness = roar.add({ n: 50, ms: WINDOW_MS }, 30_000)
  expect(loudness).toBeGreaterThan(0)
  expect(loudness).toBeLessThan(0.5)
})

test('three friends are not a stadium', () => {
  const roar = new Roar()
  roar.add({ n: 0, ms: WINDOW_MS }, 0)
  expect(roar.add({ n: 1, ms: WINDOW_MS }, 10_000)).toBe(0)
})

test('the first window of a page is only learnt from', () => {
  expect(new Roar().add({ n: 10_000, ms: WINDOW_MS }, 0)).toBe(0)
})

test('a crowd that stays loud becomes the mood', () => {
  const roar = new Roar()
  windows(roar, { from: 0, to: 20_000, n: 20 })
  expect(windows(roar, { from: 20_000, to: 80_000, n: 200 })).toBeLessThan(0.01)
})
