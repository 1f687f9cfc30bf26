import { expect, test } from 'bun:test'
import { STANDSTILL_MS, Standstill } from './standstill.ts'

test('a query that is at one batch for long stands still; one that rests, or gets on, does not', () => {
  const still = new Standstill()
  const see = (isAtWork: boolean, batch: number, nowMs: number) => still.see('q', { isAtWork, batch }, nowMs)
  expect(see(true, 1, 0)).toBe(false)
  expect(see(true, 1, STANDSTILL_MS - 1)).toBe(false)
  expect(see(true, 1, STANDSTILL_MS)).toBe(true)
  expect(see(true, 2, STANDSTILL_MS + 1)).toBe(false)
  expect(see(true, 2, 2 * STANDSTILL_MS)).toBe(false)
  expect(see(false, 2, 3 * STANDSTILL_MS)).toBe(false)
  expect(see(true, 2, 3 * STANDSTILL_MS + 1)).toBe(false)
})
