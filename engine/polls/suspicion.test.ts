import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Sighting } from './cohort.ts'
import { type Places, PollWatch } from './suspicion.ts'

const THRESHOLD = 0.8
const place = (name: string): Places => ({ address: name, network: name, block: name })
const sightingOf = (change: Partial<Sighting>): Sighting => ({
  at: 0,
  answer: 'anna',
  ageMs: 5_000,
  guest: true,
  ...change,
})
const home = (i: number): Sighting => sightingOf({ at: i * 37, answer: ['anna', 'ben', 'cleo'][i % 3]! })

/** A poll with people of many homes in it. */
function lively(): PollWatch {
  const watch = new PollWatch()
  for (let i = 0; i < 600; i++) watch.sight(place(`home ${i}`), home(i), THRESHOLD)
  return watch
}
/** The suspicion of the last of so many ballots from one place. */
function last(watch: PollWatch, ballots: number, each: (i: number) => Partial<Sighting>): number {
  let suspicion = 0
  for (let i = 0; i < ballots; i++)
    suspicion = watch.sight(place('there'), sightingOf({ at: i * 500, ...each(i) }), THRESHOLD)
  return suspicion
}

/** Each comes for itself: the same numbers for every run. */
const apart = (i: number) => -2000 * Math.log(((i * 7919) % 997) / 997 + 0.001)
let clock = 0
const person = (i: number): Partial<Sighting> => {
  if (i === 0) clock = 0
  clock += apart(i)
  return { at: clock, answer: ['anna', 'ben', 'cleo'][(i * 7) % 3]! }
}

test('signs add up: none is enough alone, and none that is missing acquits', () => {
  const odd = {
    regular: (i: number) => ({ at: i * 500 }),
    instant: () => ({ ageMs: 50 }),
    agreement: () => ({ answer: 'cleo' }),
  }
  const suspicion = (...signs: (keyof typeof odd)[]) =>
    last(lively(), 30, (i) => ({ ...person(i), ...Object.assign({}, ...signs.map((sign) => odd[sign](i))) }))
  expect(suspicion()).toBeLessThan(0.5)
  for (const sign of Object.keys(odd) as (keyof typeof odd)[]) {
    expect(suspicion(sign)).toBeLessThan(THRESHOLD)
    const others = (Object.keys(odd) as (keyof typeof odd)[]).filter((other) => other !== sign)
    expect(suspicion(...others)).toBeGreaterThan(THRESHOLD)
  }
})

test('a few ballots are never suspicious, whatever they look like', () => {
  expect(last(lively(), 19, () => ({ ageMs: 0, answer: 'cleo' }))).toBe(0)
})

test('where everybody gives one answer, or has a token of a moment ago, it is no sign', () => {
  const watch = new PollWatch()
  for (let i = 0; i < 600; i++)
    watch.sight(place(`${i}`), { ...home(i), answer: 'anna', ageMs: 10 }, THRESHOLD)
  expect(last(watch, 200, (i) => ({ ...person(i), answer: 'anna', ageMs: 10 }))).toBeLessThan(THRESHOLD)
})

test('a farm is no measure of itself: ten times the people, it stays suspicious', () => {
  const watch = lively()
  const farm = (i: number) => ({ answer: 'cleo', ageMs: 50, at: i * 50 })
  const first = last(watch, 100, farm)
  expect(first).toBeGreaterThan(THRESHOLD)
  expect(last(watch, 6_000, (i) => farm(100 + i))).toBeGreaterThanOrEqual(first)
})

test('networks of one block, a few ballots each, are seen as one', () => {
  const watch = lively()
  let suspicion = 0
  for (let i = 0; i < 300; i++) {
    const from = { address: `a${i}`, network: `n${i % 100}`, block: 'one owner' }
    suspicion = watch.sight(from, sightingOf({ at: i * 90, answer: 'cleo', ageMs: 50 }), THRESHOLD)
  }
  expect(suspicion).toBeGreaterThan(THRESHOLD)
})

describe('for every sequence of ballots', () => {
  const sighting = fc.record({
    at: fc.integer({ min: -1e6, max: 1e7 }),
    answer: fc.constantFrom('anna', 'ben', 'cleo', 'dora'),
    ageMs: fc.option(fc.integer({ min: -1e4, max: 1e9 }), { nil: undefined }),
    guest: fc.boolean(),
    from: fc.constantFrom('a', 'b', 'c'),
    times: fc.integer({ min: 1, max: 60 }),
  })
  test('suspicion is a number from 0 to 1, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 30 }), (ballots) => {
        const watch = new PollWatch()
        for (const { from, times, ...ballot } of ballots) {
          for (let i = 0; i < times; i++) {
            const suspicion = watch.sight(place(from), ballot, THRESHOLD)
            expect(suspicion >= 0 && suspicion < 1).toBe(true)
          }
        }
      }),
    )
  })
})

test('a place may be suspicious from its twentieth ballot on', () => {
  const farm = (i: number) => ({ at: i * 500, ageMs: 50, answer: 'cleo' })
  expect(last(lively(), 19, farm)).toBe(0)
  expect(last(lively(), 20, farm)).toBeGreaterThan(THRESHOLD)
})

test('a ballot that is not suspicious at all says what is usual, also at a threshold of 0', () => {
  const knowing = (threshold: number) => {
    const watch = new PollWatch()
    for (let i = 0; i < 600; i++)
      watch.sight(place(`${i}`), { ...home(i), answer: 'anna', ageMs: 10 }, threshold)
    return last(watch, 60, (i) => ({ ...person(i), answer: 'anna', ageMs: 10 }))
  }
  expect(knowing(0)).toBe(knowing(THRESHOLD))
  expect(knowing(0)).toBeLessThan(knowing(-1))
})

test.each([
  ['every five seconds', 50],
  ['every second', 10],
])('to vote %s while nobody else does is more suspicious than to vote among them', (_, nth) => {
  const start = 1e12
  const suspicionWhere = (othersGoOn: boolean) => {
    const watch = new PollWatch()
    let suspicion = 0
    for (let i = 0; i < 6000; i++) {
      const at = start + i * 100
      const isOver = i > 3000
      if (!isOver || othersGoOn) watch.sight(place(`home ${i}`), { ...home(i), at }, THRESHOLD)
      if (isOver && i % nth === 0)
        suspicion = watch.sight(place('there'), { ...home(i / nth), at: at + 1 }, THRESHOLD)
    }
    return suspicion
  }
  // A bit or more, of the two that there are.
  const bits = 2.6 * Math.log2((1 - suspicionWhere(true)) / (1 - suspicionWhere(false)))
  expect(bits).toBeGreaterThan(1)
  expect(bits).toBeLessThanOrEqual(2)
})

test('what is usual is measured from the first ballot on: in an hour of next to nothing a minute of it is no silence', () => {
  const start = 1e12
  const suspicionAfter = (first: number) => {
    const watch = new PollWatch()
    watch.sight(place('first'), { ...home(0), at: start - first }, THRESHOLD)
    for (let i = 1; i <= 600; i++)
      watch.sight(place(`home ${i}`), { ...home(i), at: start + i * 200 }, THRESHOLD)
    // From three and a half minutes on after the crowd has gone, for half a minute.
    return last(watch, 60, (i) => ({ ...home(i), at: start + 330_000 + i * 500 }))
  }
  const bits = 2.6 * Math.log2((1 - suspicionAfter(3_600_000)) / (1 - suspicionAfter(0)))
  expect(bits).toBeGreaterThan(1)
})

test('many ballots of one place are a sign where other places have few, and none where they have as many', () => {
  const among = (ballots: number) => {
    const watch = new PollWatch()
    for (let i = 0; i < 100 * ballots; i++)
      watch.sight(place(`home ${i % 100}`), { ...home(i), at: i * 3 }, THRESHOLD)
    return last(watch, 200, person)
  }
  expect(among(1)).toBeGreaterThan(among(100))
})

describe('a report of places with quarantined ballots', () => {
  const from = (name: string): Places => ({ address: `a ${name}`, network: `n ${name}`, block: `b ${name}` })
  const GOOD = { isSuspicious: false, isTooFast: false }
  const SUSPICIOUS = { isSuspicious: true, isTooFast: false }
  const TOO_FAST = { isSuspicious: false, isTooFast: true }
  /** Adds this many ballots of a farm behind one address. */
  const farm = (watch: PollWatch, ballots: number): number =>
    Array.from({ length: ballots }, (_, i) =>
      watch.sight(from('farm'), sightingOf({ at: 1000 + i * 500, ageMs: 50, answer: 'cleo' }), THRESHOLD),
    ).at(-1)!

  test('has none of whom no ballot went to quarantine, and each once', () => {
    const watch = lively()
    farm(watch, 30)
    watch.took(from('farm'), GOOD)
    expect(watch.takeSuspects()).toEqual([])
    watch.took(from('farm'), SUSPICIOUS)
    expect(watch.takeSuspects()).toHaveLength(1)
    expect(watch.takeSuspects()).toEqual([])
  })

  test('says what was accepted, what went to quarantine, when, and the signs that make up the suspicion', () => {
    const watch = lively()
    const last = farm(watch, 30)
    for (let i = 0; i < 2; i++) watch.took(from('farm'), GOOD)
    for (let i = 0; i < 3; i++) watch.took(from('farm'), SUSPICIOUS)
    watch.took(from('farm'), { isSuspicious: true, isTooFast: true })
    const [suspect, ...others] = watch.takeSuspects()
    expect(others).toEqual([])
    // An address, its network and its block with the same ballots: the smallest is named.
    expect(suspect).toMatchObject({ cohort: 'a farm', kind: 'address', from: 1000, to: 15_500 })
    expect(suspect).toMatchObject({ ballots: 6, quarantined: 4, beyondLimit: 1 })
    const bits = suspect!.signs.reduce((sum, sign) => sum + sign.bits, 0)
    expect(suspect!.suspicion).toBeCloseTo(1 - 2 ** (-bits / 2.6), 3)
    expect(last).toBeGreaterThan(THRESHOLD)
    expect(suspect!.signs.map(({ sign }) => sign)).toContain('instant')
  })

  test('does not call a place lonely where others never voted once a minute, however much it votes itself', () => {
    const watch = new PollWatch()
    for (let i = 0; i < 10; i++)
      watch.sight(from(`home ${i}`), { ...home(i), at: 1e12 + i * 360_000 }, THRESHOLD)
    for (let i = 0; i < 300; i++)
      watch.sight(from('there'), sightingOf({ at: 1e12 + 3_600_000 + i * 500 }), THRESHOLD)
    watch.took(from('there'), SUSPICIOUS)
    const [suspect] = watch.takeSuspects()
    expect(suspect!.signs.map(({ sign }) => sign)).toContain('regular')
    expect(suspect!.signs.map(({ sign }) => sign)).not.toContain('lonely')
  })

  test('says how large a large place elsewhere is', () => {
    const watch = new PollWatch()
    for (let i = 0; i < 10_000; i++)
      watch.sight(from(`home ${i % 100}`), { ...home(i), at: i * 3 }, THRESHOLD)
    farm(watch, 600)
    watch.took(from('farm'), SUSPICIOUS)
    const [suspect] = watch.takeSuspects()
    // A hundred ballots each: more than 64, and not more than 128.
    expect(suspect!.signs).toContainEqual({ sign: 'volume', bits: 0.922, here: 600, usual: 128 })
  })

  test('names the block whose networks are inconspicuous one by one', () => {
    const watch = lively()
    const places = (i: number): Places => ({ address: `a${i}`, network: `n${i % 100}`, block: 'one owner' })
    for (let i = 0; i < 300; i++)
      watch.sight(places(i), sightingOf({ at: i * 90, answer: 'cleo', ageMs: 50 }), THRESHOLD)
    watch.took(places(299), SUSPICIOUS)
    expect(watch.takeSuspects()).toMatchObject([{ cohort: 'one owner', kind: 'block', quarantined: 1 }])
  })

  test('names the network of a ballot that came too fast, also where it is a household with nothing else to say', () => {
    const watch = lively()
    farm(watch, 19)
    watch.took(from('farm'), TOO_FAST)
    const household = { kind: 'network', ballots: 1, quarantined: 1, beyondLimit: 1 }
    expect(watch.takeSuspects()).toMatchObject([{ ...household, cohort: 'n farm', suspicion: 0, signs: [] }])
    farm(watch, 1)
    watch.took(from('farm'), TOO_FAST)
    const [suspect] = watch.takeSuspects()
    expect(suspect).toMatchObject({ kind: 'network', ballots: 2, quarantined: 2, beyondLimit: 2 })
    expect(suspect!.signs).not.toEqual([])
  })

  test('has at most two hundred; a further place waits for its next ballot', () => {
    const watch = new PollWatch()
    const fast = (i: number) => {
      watch.sight(from(`${i}`), sightingOf({ at: i }), THRESHOLD)
      watch.took(from(`${i}`), TOO_FAST)
    }
    for (let i = 0; i <= 200; i++) fast(i)
    for (let i = 0; i < 200; i++) fast(i)
    const first = watch.takeSuspects()
    expect(first.map(({ cohort, ballots }) => [cohort, ballots])).toEqual(
      Array.from({ length: 200 }, (_, i) => [`n ${i}`, 2]),
    )
    fast(200)
    expect(watch.takeSuspects()).toMatchObject([{ cohort: 'n 200', ballots: 2, quarantined: 2 }])
  })
})
