import { expect, test } from 'bun:test'
import { FrameBudget } from './frame-budget.ts'

const frames = (budget: FrameBudget, count: number, ms: number): number => {
  for (let i = 0; i < count; i++) budget.frame(ms)
  return budget.limit
}

test('frames in time leave the swarm whole', () => {
  expect(frames(new FrameBudget(), 1_000, 16.7)).toBe(120)
})

test('long frames thin the swarm out within a second or two, but never to nothing', () => {
  const budget = new FrameBudget()
  expect(frames(budget, 40, 33)).toBeLessThan(80)
  expect(frames(budget, 1_000, 33)).toBe(24)
})

test('the swarm comes back when frames are in time again, slower than it went', () => {
  const budget = new FrameBudget()
  const low = frames(budget, 40, 33)
  const after = frames(budget, 100, 16.7)
  expect(after).toBeLessThan(120)
  expect(frames(budget, 1_000, 16.7)).toBe(120)
  expect(low).toBeLessThan(120)
})

test('a pause is not a slow frame', () => {
  expect(frames(new FrameBudget(), 20, 5_000)).toBe(120)
})
