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
