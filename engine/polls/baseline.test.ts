import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PlaceKind } from '../../protocol/cohorts.ts'
import { Baseline, Sizes } from './baseline.ts'
import type { Given, Sighting } from './cohort.ts'

const nothing = (): Given => ({ ballots: 0, agreeing: 0, instant: 0, young: 0 })
const sightingOf = (more: Partial<Sighting> = {}): Sighting => ({
  ...{ at: 0, answer: 'anna', ageMs: 90_000, guest: false },
  ...more,
})
/** A ballot from a place of its own. */
const place = (kind: PlaceKind = 'address', answer = 'anna') => ({ given: nothing(), kind, answer })
/** What ten ballots of what is usual by itself, and these, are together. */
const mixed = (count: number, of: number, prior: number) => (count + 10 * prior) / (of + 10)

describe('what is usual', () => {
  test('where nobody has voted is half of agreement, half young, a tenth instant', () => {
    expect(new Baseline().without('anna', nothing())).toEqual({ agreement: 0.5, instant: 0.1, young: 0.5 })
  })

  test('is what the others do, the more the more of them there are', () => {
    const ballots = fc.array(
      fc.record({ answer: fc.constantFrom('anna', 'ben'), ageMs: fc.constantFrom(10, 5_000, 90_000) }),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(ballots, (of) => {
        const baseline = new Baseline()
        for (const ballot of of) baseline.add(sightingOf(ballot), [place()])
        const count = (is: (ballot: (typeof of)[number]) => boolean) => of.filter(is).length
        const usual = baseline.without('ben', nothing())
        expect(usual.agreement).toBeCloseTo(
          mixed(
            count(({ answer }) => answer === 'ben'),
            of.length,
            0.5,
          ),
        )
        expect(usual.instant).toBeCloseTo(
          mixed(
            count(({ ageMs }) => ageMs === 10),
            of.length,
            0.1,
          ),
        )
        expect(usual.young).toBeCloseTo(
          mixed(
            count(({ ageMs }) => ageMs < 60_000),
            of.length,
            0.5,
          ),
        )
      }),
    )
  })

  test('for a place is what others do: its own ballots are left out', () => {
    const baseline = new Baseline()
    const farm = place('block')
    for (let i = 0; i < 20; i++) baseline.add(sightingOf({ ageMs: 10 }), [farm])
    for (let i = 0; i < 30; i++) baseline.add(sightingOf({ answer: 'ben' }), [place('block')])
    expect(farm.given).toEqual({ ballots: 20, agreeing: 20, instant: 20, young: 20 })
    const usual = baseline.without('anna', farm.given)
    expect(usual.agreement).toBeCloseTo(mixed(0, 30, 0.5))
    expect(usual.instant).toBeCloseTo(mixed(0, 30, 0.1))
    expect(usual.young).toBeCloseTo(mixed(0, 30, 0.5))
  })

  test('after a place has changed its answer is never a share below none or above all of the others', () => {
    const baseline = new Baseline()
    const changed = place('block')
    for (let i = 0; i < 50; i++) baseline.add(sightingOf({ answer: 'ben' }), [changed])
    // Its own fifty for `ben` are not told apart any more once it answers `ben` itself: nothing of them is agreeing.
    expect(changed.given.agreeing).toBe(0)
    baseline.add(sightingOf({ answer: 'ben' }), [place('block')])
    expect(baseline.without('ben', changed.given).agreement).toBeCloseTo(mixed(1, 1, 0.5))
    expect(baseline.without('anna', { ...changed.given, agreeing: 9 }).agreement).toBeCloseTo(
      mixed(0, 1, 0.5),
    )
  })

  test.each([
    ['address', 8],
    ['network', 16],
    ['block', 128],
  ] as const)('hears of one %s no more than %d ballots, whatever else they come from', (kind, most) => {
    const baseline = new Baseline()
    const one = place(kind)
    for (let i = 0; i < most + 50; i++) baseline.add(sightingOf(), [place('block'), one])
    expect(one.given.ballots).toBe(most)
    expect(baseline.without('anna', nothing()).agreement).toBeCloseTo(mixed(most, most, 0.5))
  })

  test('of 64 answers is told apart; a further one is like no other, and those that are known go on counting', () => {
    const baseline = new Baseline()
    for (let i = 0; i < 70; i++) baseline.add(sightingOf({ answer: `a${i}` }), [place()])
    for (let i = 0; i < 70; i++) baseline.add(sightingOf({ answer: `a${i}` }), [place()])
    const agreement = (answer: string) => baseline.without(answer, nothing()).agreement
    expect(agreement('a63')).toBeCloseTo(mixed(2, 140, 0.5))
    expect(agreement('a64')).toBeCloseTo(mixed(0, 140, 0.5))
  })
})

describe('a size that most places stay under', () => {
  /** Places that have grown to these sizes, one ballot at a time. */
  function grown(sizes: number[]): Sizes {
    const all = new Sizes()
    for (const size of sizes) for (let ballots = 1; ballots <= size; ballots++) all.grown(ballots)
    return all
  }
  const many = (length: number, size: number) => Array<number>(length).fill(size)

  test('is 4 while fewer than 21 places are known, however large', () => {
    expect(grown([]).usual(1)).toBe(4)
    expect(grown(many(20, 1000)).usual(1)).toBe(4)
    expect(grown(many(21, 1000)).usual(1)).toBe(1024)
  })

  test('does not move for one very large place in thirty, and does for two', () => {
    expect(grown([...many(29, 1), 300]).usual(1)).toBe(4)
    expect(grown([...many(28, 1), 300, 9]).usual(1)).toBe(16)
    expect(grown([...many(28, 1), 300, 300]).usual(1)).toBe(512)
  })

  test('is 4 at least, and 8 once two of thirty places have four ballots', () => {
    expect(grown(many(30, 1)).usual(1)).toBe(4)
    expect(grown(many(30, 3)).usual(1)).toBe(4)
    expect(grown([...many(28, 3), 4, 4]).usual(1)).toBe(8)
  })

  test('is a power of two that 19 of 20 other places stay under, and the twentieth does not', () => {
    const place = fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 300 }))
    fc.assert(
      fc.property(fc.array(place, { minLength: 21, maxLength: 80 }), fc.nat(), (sizes, which) => {
        const own = sizes[which % sizes.length]!
        const others = sizes.with(which % sizes.length, 0)
        const size = grown(sizes).usual(own)
        const atLeast = (least: number) => others.filter((other) => other >= least).length
        const allowed = Math.floor((sizes.length - 1) / 20)
        expect(Math.log2(size) % 1).toBe(0)
        expect(atLeast(size)).toBeLessThanOrEqual(allowed)
        if (size > 4) expect(atLeast(size / 2)).toBeGreaterThan(allowed)
      }),
    )
  })
})
