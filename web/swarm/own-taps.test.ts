import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { OwnTaps } from './own-taps.ts'

test('own taps are taken from the packet that brings them back, once', () => {
  const own = new OwnTaps()
  for (let i = 0; i < 3; i++) own.add('six', i)
  expect(own.take('six', 10, 100)).toBe(3)
  expect(own.take('six', 10, 200)).toBe(0)
})

test('taps that come back in several packets are taken from each', () => {
  const own = new OwnTaps()
  for (let i = 0; i < 5; i++) own.add('six', 0)
  expect(own.take('six', 2, 10)).toBe(2)
  expect(own.take('six', 2, 20)).toBe(2)
  expect(own.take('six', 2, 30)).toBe(1)
})

test('one sticker is not taken for another', () => {
  const own = new OwnTaps()
  own.add('six', 0)
  expect(own.take('heart', 5, 10)).toBe(0)
})

test('a tap that was lost does not hide somebody else later', () => {
  const own = new OwnTaps({ keepMs: 5_000 })
  own.add('six', 0)
  expect(own.take('six', 1, 5_001)).toBe(0)
})

test('never more is taken than was tapped, nor than was counted', () => {
  fc.assert(
    fc.property(fc.nat({ max: 50 }), fc.array(fc.nat({ max: 20 })), (taps, counts) => {
      const own = new OwnTaps()
      for (let i = 0; i < taps; i++) own.add('six', 0)
      const taken = counts.map((count) => own.take('six', count, 1))
      expect(taken.every((share, i) => share <= counts[i]!)).toBe(true)
      const sum = counts.reduce((a, b) => a + b, 0)
      expect(taken.reduce((a, b) => a + b, 0)).toBe(Math.min(taps, sum))
    }),
  )
})
