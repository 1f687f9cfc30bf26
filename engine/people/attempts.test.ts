import { expect, test } from 'bun:test'
import { Attempts } from './attempts.ts'

test('a few that go wrong cost nothing, more of them ever longer up to a bound, and of another account nothing', () => {
  const attempts = new Attempts()
  const delays = Array.from({ length: 14 }, () => {
    attempts.failed('pat', 0)
    return attempts.delayMs('pat', 0)
  })
  expect(delays).toEqual([0, 0, 0, 0, 250, 500, 1000, 2000, ...Array(6).fill(4000)])
  expect(attempts.delayMs('ann', 0)).toBe(0)
})

test('they are forgotten with the first that goes well, and after a while', () => {
  const attempts = new Attempts()
  for (let i = 0; i < 9; i++) attempts.failed('pat', 0)
  expect(attempts.delayMs('pat', 900_001)).toBe(0)
  attempts.succeeded('pat', 0)
  expect(attempts.delayMs('pat', 0)).toBe(0)
})

test('they are remembered for a quarter of an hour, on any day', () => {
  const attempts = new Attempts()
  const now = 1_795_349_712_000
  for (let i = 0; i < 9; i++) attempts.failed('pat', now)
  expect(attempts.delayMs('pat', now + 900_000)).toBe(4_000)
  expect(attempts.delayMs('pat', now + 900_001)).toBe(0)
})
