import { expect, test } from 'bun:test'
import { DELAYS_S, delayPlace, programmeTime } from './delays.ts'

test('the places are those that records have', () => {
  expect(DELAYS_S).toEqual([0, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 90, 120])
})

test('a delay has the nearest place, the smaller of two, and those out of bounds the outermost', () => {
  for (const [place, second] of DELAYS_S.entries()) expect(delayPlace(second * 1000)).toBe(place)
  expect([3, 14, 26, 100, 110].map((second) => DELAYS_S[delayPlace(second * 1000)])).toEqual([
    2, 12, 24, 90, 120,
  ])
  expect([499, 1_499, 1_500].map(delayPlace)).toEqual([0, 0, 1])
  expect([-1, -1e9, 121_000, 1e12].map((ms) => DELAYS_S[delayPlace(ms)])).toEqual([0, 0, 120, 120])
})

test('what arrived was on the screens as much earlier, and never before 1970', () => {
  expect(programmeTime(500_000, 7)).toBe(484_000)
  expect(programmeTime(500_000, DELAYS_S.length)).toBe(500_000)
  expect([16_000, 16_001, 1, 0].map((at) => programmeTime(at, 7))).toEqual([0, 1, 0, 0])
})
