import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Cohort, newCohort, type Sighting, sight, suspicionOf } from './suspicion.ts'

function cohortOf(sightings: Sighting[]): Cohort {
  const cohort = newCohort(sightings[0]!)
  for (const sighting of sightings) sight(cohort, sighting)
  return cohort
}
const poll = { typical: 0.4 }
const times = (gaps: number[]): number[] => {
  let at = 0
  return gaps.map((gap) => (at += gap))
}
/** Gaps as people make them: exponentially distributed. */
const human = (dice: number[]) => dice.map((u) => -2000 * Math.log(1 - u))
const dice = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 400, maxLength: 400 })
const random = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
}

test('a script of guests in one rhythm for one choice is far above a crowd of people behind one address', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const roll = random(seed)
    const script = times(Array(400).fill(500)).map((at) => ({ at, answer: 'anna', fresh: true }))
    const people = times(human(Array.from({ length: 400 }, roll))).map((at) => ({
      at,
      answer: ['anna', 'ben', 'cleo'][Math.floor(3 * roll())]!,
      fresh: roll() < 0.3,
    }))
    expect(suspicionOf(cohortOf(script), poll)).toBeGreaterThan(0.9)
    expect(suspicionOf(cohortOf(people), poll)).toBeLessThan(0.5)
  }
})

test('a few ballots are never suspicious, whatever they look like', () => {
  const few = times(Array(49).fill(100)).map((at) => ({ at, answer: 'anna', fresh: true }))
  expect(suspicionOf(cohortOf(few), poll)).toBe(0)
})

test('where everybody gives one answer, giving it is no sign', () => {
  const script = times(Array(400).fill(500)).map((at) => ({ at, answer: 'anna', fresh: false }))
  const cohort = cohortOf(script)
  expect(suspicionOf(cohort, { typical: 1 })).toBeLessThan(suspicionOf(cohort, { typical: 0.3 }))
})

test('it is always from 0 to 1, and more fresh tokens never make it less', () => {
  fc.assert(
    fc.property(
      dice,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (rolls, typical, oneAnswer) => {
        const make = (fresh: boolean) =>
          suspicionOf(
            cohortOf(
              times(human(rolls)).map((at, i) => ({
                at,
                answer: oneAnswer ? 'anna' : `c${i % 5}`,
                fresh: fresh || i % 2 === 0,
              })),
            ),
            { typical },
          )
        const [less, more] = [make(false), make(true)]
        expect(less).toBeGreaterThanOrEqual(0)
        expect(more).toBeLessThanOrEqual(1)
        expect(more).toBeGreaterThanOrEqual(less)
      },
    ),
    { numRuns: 30 },
  )
})

test('each sign is what it says: fresh tokens, an even rhythm, agreement beyond what is typical', () => {
  // Values worked out by hand from the description: a third for each sign.
  const script = (fresh: boolean) => times(Array(100).fill(500)).map((at) => ({ at, answer: 'anna', fresh }))
  expect(suspicionOf(cohortOf(script(true)), { typical: 0 })).toBeCloseTo(1, 6)
  expect(suspicionOf(cohortOf(script(false)), { typical: 0 })).toBeCloseTo(2 / 3, 6)
  expect(suspicionOf(cohortOf(script(false)), { typical: 0.5 })).toBeCloseTo(2 / 3, 6)
  expect(suspicionOf(cohortOf(script(false)), { typical: 1 })).toBeCloseTo(1 / 3, 6)
  const half = script(true).map((sighting, i) => ({ ...sighting, fresh: i % 2 === 0 }))
  expect(suspicionOf(cohortOf(half), { typical: 1 })).toBeCloseTo(0.5, 6)
  // All in one millisecond: no gaps, and so no rhythm.
  const atOnce = script(false).map((sighting) => ({ ...sighting, at: 7 }))
  expect(suspicionOf(cohortOf(atOnce), { typical: 1 })).toBe(0)
})

test('fifty ballots are enough to say something', () => {
  const ballots = times(Array(50).fill(100)).map((at) => ({ at, answer: 'anna', fresh: true }))
  expect(suspicionOf(cohortOf(ballots), { typical: 0 })).toBeCloseTo(1, 6)
})

test('a cohort that turns to another answer agrees on that one, in time', () => {
  const ballots = times(Array(400).fill(500)).map((at, i) => ({
    at,
    answer: i < 100 ? 'anna' : 'ben',
    fresh: false,
  }))
  const cohort = cohortOf(ballots)
  expect(cohort.answer).toBe('ben')
  expect(cohort.agreement).toBeGreaterThan(0.99)
  const turning = cohortOf(ballots.slice(0, 122))
  expect([turning.answer, turning.agreement]).toEqual(['ben', 0.5])
  expect(cohortOf(ballots.slice(0, 121)).answer).toBe('anna')
})

test('the means of the gaps are of the newest 32 or so, and of all while there are fewer', () => {
  const cohort = cohortOf([0, 100, 300, 600].map((at) => ({ at, answer: 'anna', fresh: at === 300 })))
  expect(cohort).toMatchObject({ ballots: 4, fresh: 1, newestMs: 600 })
  expect(cohort.gapMs).toBeCloseTo(200, 9)
  expect(cohort.gapSquareMs).toBeCloseTo((100 ** 2 + 200 ** 2 + 300 ** 2) / 3, 6)
  const long = cohortOf(
    times([...Array(200).fill(100), 3300]).map((at) => ({ at, answer: 'anna', fresh: false })),
  )
  expect(long.gapMs).toBeCloseTo(200, 9)
})

test('a ballot that came before the newest one leaves no gap, and does not turn time back', () => {
  const cohort = cohortOf([100, 50].map((at) => ({ at, answer: 'anna', fresh: false })))
  expect(cohort).toMatchObject({ gapMs: 0, newestMs: 100 })
})
