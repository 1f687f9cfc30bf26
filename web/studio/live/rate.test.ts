import { expect, test } from 'bun:test'
import { Rate } from './rate.ts'

test('a rate is what grew within its span, for each second, and nothing once it is over', () => {
  const rate = new Rate(2_000)
  rate.add(30, 0)
  rate.add(10, 1_500)
  expect(rate.perSecond(1_500)).toBe(20)
  expect(rate.perSecond(2_000)).toBe(5)
  expect(rate.perSecond(3_500)).toBe(0)
})
