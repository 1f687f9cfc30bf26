import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { percents, Shares } from './shares.ts'

describe('shares', () => {
  test('nothing is claimed before anybody tapped, nor where nobody stood with a side', () => {
    const shares = new Shares(['home', 'away'])
    expect(shares.at(0)).toBeUndefined()
    shares.add('home', { n: 0, ms: 250 }, 0)
    expect(shares.at(0)).toBeUndefined()
  })

  test('the first tap of the evening does not win it all', () => {
    const shares = new Shares(['home', 'away'])
    shares.add('home', { n: 1, ms: 250 }, 0)
    expect(shares.at(0)![0]).toBeGreaterThan(0.5)
    expect(shares.at(0)![0]).toBeLessThan(0.7)
  })

  test('a side that goes on tapping three times as much has three quarters', () => {
    const shares = new Shares(['home', 'away'])
    for (let at = 0; at < 20_000; at += 250) {
      shares.add('home', { n: 750, ms: 250 }, at)
      shares.add('away', { n: 250, ms: 250 }, at)
    }
    expect(shares.at(20_000)![0]).toBeCloseTo(0.75, 2)
  })

  test('a moment is forgotten, and then nothing is claimed any more', () => {
    const shares = new Shares(['home', 'away'])
    shares.add('home', { n: 500, ms: 250 }, 0)
    expect(shares.at(10_000)![0]).toBeGreaterThan(0.5)
    expect(shares.at(60_000)).toBeUndefined()
  })

  test('a segment that the bar does not show changes nothing', () => {
    const shares = new Shares(['home', 'away'])
    shares.add('press', { n: 500, ms: 250 }, 0)
    expect(shares.at(0)).toBeUndefined()
  })

  test('equal shares have equal percents', () => {
    expect(percents([1 / 3, 1 / 3, 1 / 3])).toEqual([33, 33, 33])
    expect(percents([0.5, 0.5])).toEqual([50, 50])
    expect(percents([0.334, 0.334, 0.332])).toEqual([33, 33, 33])
  })

  test('shares add up to 1, and where no two are equal percents to 100', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 4 }),
        (counts) => {
          fc.pre(new Set(counts).size === counts.length)
          const names = counts.map((_, i) => `s${i}`)
          const shares = new Shares(names)
          for (const [i, n] of counts.entries()) shares.add(names[i]!, { n, ms: 250 }, 0)
          const at = shares.at(0)!
          expect(at.reduce((a, b) => a + b, 0)).toBeCloseTo(1)
          expect(percents(at).reduce((a, b) => a + b, 0)).toBe(100)
        },
      ),
    )
  })
})
