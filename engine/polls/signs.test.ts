import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Cohort, newCohort } from './cohort.ts'
import { figuresOf, type Signs, signsOf, type Usual } from './signs.ts'

const USUAL: Usual = { agreement: 0.5, instant: 0, young: 0, size: 4 }
/** A place whose people come each for itself, a second apart, and of whom half agree. */
const place = (more: Partial<Cohort> = {}): Cohort => ({
  ...newCohort({ at: 0, answer: 'anna', ageMs: 0, guest: false }),
  ...{ ballots: 8, newestMs: 8_000, agreement: 0.5, gapMs: 1000, gapSquareMs: 2 * 1000 ** 2 },
  ...more,
})
const bits = (sign: keyof Signs, more: Partial<Cohort> = {}, usual: Partial<Usual> = {}): number =>
  signsOf(place(more), { ...USUAL, ...usual })[sign]
const NONE = { volume: 0, regular: 0, bursty: 0, instant: 0, young: 0, agreement: 0, lonely: 0 }

test('a place that looks like all others has no sign', () => {
  expect(signsOf(place(), USUAL)).toEqual(NONE)
})

describe('volume', () => {
  test('starts at twice the size of a large place, and each doubling adds three quarters of a bit, to 2.5', () => {
    expect([8, 16, 64].map((ballots) => bits('volume', { ballots }))).toEqual([0, 0.75, 2.25])
    expect(bits('volume', { ballots: 64 }, { size: 8 })).toBe(1.5)
    expect(bits('volume', { ballots: 1e6 })).toBe(2.5)
    expect(bits('volume', { ballots: 1 })).toBe(0)
  })
})

describe('regular', () => {
  /** Gaps of one second on average that vary so much, as a part of it. */
  const varying = (variation: number) =>
    bits('regular', { gapMs: 1000, gapSquareMs: 1000 ** 2 * (1 + variation ** 2) })

  test('starts where gaps vary less than four fifths of their mean, and is whole at a fifth of it', () => {
    expect([1, 0.8].map(varying)).toEqual([0, 0])
    expect(varying(0.5)).toBeCloseTo(2)
    expect(varying(0.35)).toBeCloseTo(3)
    expect([0.2, 0].map((variation) => Math.round(varying(variation) * 1e6))).toEqual([4e6, 4e6])
  })

  test('has nothing to say where all came in one millisecond', () => {
    expect(bits('regular', { gapMs: 0, gapSquareMs: 0 })).toBe(0)
  })

  test('is as plain of a metronome of two milliseconds', () => {
    expect(bits('regular', { gapMs: 2, gapSquareMs: 4 })).toBe(4)
  })

  test('takes no harm from a square that rounding made smaller than it can be', () => {
    expect(bits('regular', { gapMs: 1000, gapSquareMs: 999_999 })).toBe(4)
  })
})

describe('bursty', () => {
  test('is what comes together beyond what the place’s own rate explains, from a fifth to four fifths', () => {
    // So seldom that hardly any would come together by chance.
    const rare = (together: number) => bits('bursty', { together, ballots: 10, newestMs: 1e9 })
    expect(rare(0.2)).toBe(0)
    expect(rare(0.5)).toBeCloseTo(1, 5)
    expect(rare(0.9)).toBe(2)
  })

  test('of a place with a hundred ballots a second is next to nothing: eight of nine come together by chance', () => {
    const busy = { ballots: 1000, firstMs: 5_000, newestMs: 15_000 }
    const byChance = 1 - Math.exp(-2)
    expect(bits('bursty', { ...busy, together: byChance })).toBe(0)
    const slower = { ballots: 100, firstMs: 5_000, newestMs: 15_000 }
    expect(bits('bursty', { ...slower, together: 0.5 + 1 - Math.exp(-0.2) })).toBeCloseTo(1)
  })

  test('is none where all came in one millisecond: a rate is not known', () => {
    expect(bits('bursty', { together: 1, firstMs: 7, newestMs: 7 })).toBe(0)
  })
})

describe('instant and young', () => {
  test('are what is more than elsewhere, and the larger one counts', () => {
    expect(bits('instant', { instant: 0.15 })).toBe(0)
    expect(bits('instant', { instant: 0.45 })).toBeCloseTo(2)
    expect(bits('instant', { instant: 0.75 })).toBeCloseTo(4)
    expect(bits('instant', { instant: 0.95 }, { instant: 0.5 })).toBeCloseTo(2)
    expect(bits('young', { young: 0.2 })).toBe(0)
    expect(bits('young', { young: 0.5 })).toBeCloseTo(1)
    expect(bits('young', { young: 0.8 })).toBeCloseTo(2)
    expect(bits('young', { young: 0.9 }, { young: 0.4 })).toBeCloseTo(1)
  })

  test('never count both: whoever is instant is young too', () => {
    expect(signsOf(place({ instant: 1, young: 1 }), USUAL)).toMatchObject({ instant: 4, young: 0 })
    expect(signsOf(place({ instant: 0.3, young: 1 }), USUAL)).toMatchObject({ instant: 0, young: 2 })
    // As many bits each: one of them.
    const same = signsOf(place({ instant: 0.282, young: 0.464 }), USUAL)
    expect(same.instant + same.young).toBeCloseTo(0.88)
  })
})

describe('agreement', () => {
  test('is how many times fewer dissent than elsewhere, a doubling a bit, to 4', () => {
    const agreeing = (agreement: number, usual: number) =>
      bits('agreement', { agreement, ballots: 256 }, { agreement: usual })
    const doubt = 0.02 + 3 / 256
    // One in ten dissents here, and twice or four times as many elsewhere, the last percent aside.
    expect(agreeing(0.9, 1 - (2 * (0.1 + doubt) - doubt))).toBeCloseTo(1)
    expect(agreeing(0.9, 1 - (4 * (0.1 + doubt) - doubt))).toBeCloseTo(2)
    expect(agreeing(0.5, 0.5)).toBe(0)
    expect(agreeing(0.4, 0.5)).toBe(0)
    expect(agreeing(1, 0)).toBe(4)
  })

  test('says little of a few ballots, and no more of thousands than of 256', () => {
    const of = (ballots: number) => bits('agreement', { agreement: 1, ballots }, { agreement: 0.8 })
    expect(of(20)).toBeCloseTo(Math.log2((0.2 + 0.02 + 0.15) / (0.02 + 0.15)))
    expect(of(256)).toBeGreaterThan(of(100))
    expect(of(10_000)).toBe(of(256))
  })
})

test('lonely starts at a tenth of the ballots, and is whole at six tenths', () => {
  expect(bits('lonely', { lonely: 0.1 })).toBe(0)
  expect(bits('lonely', { lonely: 0.35 })).toBeCloseTo(1)
  expect(bits('lonely', { lonely: 0.6 })).toBeCloseTo(2)
  expect(bits('lonely', { lonely: 1 })).toBe(2)
})

test('the signs of a place are given the strongest first, each with its figure here and what is usual', () => {
  const odd: Partial<Cohort> = {
    ...{ ballots: 64, gapSquareMs: 1.25 * 1000 ** 2, together: 0.9, instant: 0.45 },
    // Half of them would coincide by chance.
    ...{ newestMs: 1280 / Math.LN2, agreement: 0.9, lonely: 0.35 },
  }
  const usual = { agreement: 0.4, instant: 0.1, young: 0.1, size: 4 }
  expect(figuresOf(place(odd), usual)).toEqual([
    { sign: 'volume', bits: 2.25, here: 64, usual: 4 },
    { sign: 'regular', bits: 2, here: 0.5, usual: 1 },
    { sign: 'agreement', bits: 1.999, here: 0.9, usual: 0.4 },
    { sign: 'instant', bits: 1.333, here: 0.45, usual: 0.1 },
    { sign: 'lonely', bits: 1, here: 0.35, usual: 0 },
    { sign: 'bursty', bits: 0.667, here: 0.9, usual: 0.5 },
  ])
  expect(figuresOf(place({ young: 0.6 }), { ...USUAL, young: 0.1 })).toEqual([
    { sign: 'young', bits: 1, here: 0.6, usual: 0.1 },
  ])
  expect(figuresOf(place(), USUAL)).toEqual([])
})

test('no sign is ever below 0 or above its most, whatever a place did', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  const most: Signs = { volume: 2.5, regular: 4, bursty: 2, instant: 4, young: 2, agreement: 4, lonely: 2 }
  const anyPlace = fc.record({
    ...{ ballots: fc.integer({ min: 1, max: 1e7 }), newestMs: fc.nat(1e9), gapMs: fc.nat(1e6) },
    ...{
      gapSquareMs: fc.nat(1e12),
      agreement: part,
      instant: part,
      young: part,
      together: part,
      lonely: part,
    },
  })
  const anyUsual = fc.record({
    agreement: part,
    instant: part,
    young: part,
    size: fc.constantFrom(4, 8, 1024),
  })
  fc.assert(
    fc.property(anyPlace, anyUsual, (more, usual) => {
      for (const [sign, value] of Object.entries(signsOf(place(more), usual)))
        expect(value >= 0 && value <= most[sign as keyof Signs]).toBe(true)
    }),
  )
})
