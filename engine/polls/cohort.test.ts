import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  type Cohort,
  fading,
  isInstant,
  isQuiet,
  isYoung,
  newCohort,
  type Sighting,
  sight,
} from './cohort.ts'

const sightingOf = (more: Partial<Sighting> = {}): Sighting => ({
  ...{ at: 0, answer: 'anna', ageMs: 5_000, guest: true },
  ...more,
})
/** What is known after these ballots, `lonely` of which came while hardly anybody else did. */
function known(sightings: Sighting[], isLonely: (i: number) => boolean = () => false): Cohort {
  const cohort = newCohort(sightings[0]!)
  for (const [i, sighting] of sightings.entries()) sight(cohort, sighting, () => isLonely(i))
  return cohort
}
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const share = (flags: boolean[]): number => mean(flags.map(Number))

const few = fc.array(
  fc.record({
    gapMs: fc.oneof(fc.nat(40), fc.nat(100_000)),
    ageMs: fc.option(fc.nat(120_000), { nil: undefined }),
    guest: fc.boolean(),
    lonely: fc.boolean(),
  }),
  { minLength: 2, maxLength: 256 },
)

test('of up to 256 ballots shares and means are those of all of them', () => {
  fc.assert(
    fc.property(few, fc.nat(1e9), (ballots, startMs) => {
      let at = startMs
      const sightings = ballots.map(({ gapMs, ageMs, guest }, i) => {
        if (i > 0) at += gapMs
        return sightingOf({ at, ageMs, guest })
      })
      const cohort = known(sightings, (i) => ballots[i]!.lonely)
      const gaps = ballots.slice(1).map(({ gapMs }) => gapMs)
      expect(cohort).toMatchObject({ ballots: ballots.length, firstMs: startMs, newestMs: at })
      expect(cohort.gapMs).toBeCloseTo(mean(gaps), 4)
      expect(cohort.gapSquareMs / mean(gaps.map((gap) => gap ** 2)) || 1).toBeCloseTo(1, 6)
      expect(cohort.together).toBeCloseTo(share(gaps.map((gap) => gap <= 20)))
      expect(cohort.instant).toBeCloseTo(
        share(ballots.map(({ ageMs }) => ageMs !== undefined && ageMs < 1000)),
      )
      expect(cohort.young).toBeCloseTo(
        share(ballots.map(({ ageMs, guest }) => (ageMs === undefined ? guest : ageMs < 60_000))),
      )
      expect(cohort.lonely).toBeCloseTo(share(ballots.map(({ lonely }) => lonely)))
    }),
    { numRuns: 50 },
  )
})

test('of many ballots each new one weighs a 256th, so who comes after a farm is soon seen as it is', () => {
  const farm = Array.from({ length: 1000 }, (_, i) => sightingOf({ at: i * 10, ageMs: 10 }))
  const people = Array.from({ length: 300 }, (_, i) => sightingOf({ at: 10_990 + i * 1000, ageMs: 90_000 }))
  const left = (255 / 256) ** 300
  const cohort = known([...farm, ...people], (i) => i < 1000)
  for (const sign of ['instant', 'young', 'together', 'lonely'] as const)
    expect(cohort[sign]).toBeCloseTo(left, 9)
  expect(cohort.gapMs).toBeCloseTo(1000 - 990 * left, 6)
})

describe('agreement', () => {
  const answers = (...of: [string, number][]) =>
    known(
      of
        .flatMap(([answer, times]) => Array<string>(times).fill(answer))
        .map((answer, i) => sightingOf({ at: i, answer })),
    )

  test('is the share of those who gave the answer that most gave, of up to 1,024', () => {
    expect(answers(['anna', 1])).toMatchObject({ answer: 'anna', agreement: 1 })
    const cohort = answers(['anna', 700], ['ben', 300])
    expect(cohort.answer).toBe('anna')
    expect(cohort.agreement).toBeCloseTo(0.7)
  })

  test('each more weighs a 1,024th', () => {
    expect(answers(['anna', 3000], ['ben', 500]).agreement).toBeCloseTo((1023 / 1024) ** 500, 9)
  })

  test('of two who differ is a half, and the first one’s', () => {
    expect(answers(['anna', 1], ['ben', 1])).toMatchObject({ answer: 'anna', agreement: 0.5 })
  })

  test('goes over to another answer once less than half agree, and what was given of the former counts no more', () => {
    const cohort = answers(['anna', 10], ['ben', 10])
    expect(cohort).toMatchObject({ answer: 'anna' })
    expect(cohort.agreement).toBeCloseTo(0.5)
    cohort.given.agreeing = 5
    sight(cohort, sightingOf({ answer: 'anna' }), () => false)
    expect(cohort).toMatchObject({ answer: 'anna', given: { agreeing: 5 } })
    for (let i = 0; i < 2; i++) sight(cohort, sightingOf({ answer: 'ben' }), () => false)
    expect(cohort).toMatchObject({ answer: 'ben', agreement: 0.5, given: { agreeing: 0 } })
  })
})

test('a token is of a moment ago within its first second, and young within its first minute', () => {
  const told = (ageMs: number) => [isInstant(sightingOf({ ageMs })), isYoung(sightingOf({ ageMs }))]
  expect([-5, 0, 999, 1000, 59_999, 60_000].map(told)).toEqual([
    [true, true],
    [true, true],
    [true, true],
    [false, true],
    [false, true],
    [false, false],
  ])
})

test('a token that does not say its age is no sign of a person who signed in; of a guest it is young', () => {
  const told = (guest: boolean) => {
    const sighting = sightingOf({ ageMs: undefined, guest })
    return [isInstant(sighting), isYoung(sighting)]
  }
  expect([told(true), told(false)]).toEqual([
    [false, true],
    [false, false],
  ])
})

test('a ballot fades to a third within a minute, and never grows', () => {
  expect(fading(0, 0)).toBe(1)
  expect(fading(10, 60_000)).toBeCloseTo(10 / Math.E + 1)
  expect(fading(10, -60_000)).toBe(11)
})

test('voters are silent below a tenth of a mean rate that is a ballot a minute or more, known for over a minute', () => {
  // 600 ballots in ten minutes are 60 a minute.
  const busy = { ballots: 600, passedMs: 600_000 }
  expect([5.99, 6, 60].map((lately) => isQuiet({ ...busy, lately }))).toEqual([true, false, false])
  const slow = (ballots: number) => isQuiet({ lately: 0, ballots, passedMs: 600_000 })
  expect([9, 10].map(slow)).toEqual([false, true])
  const young = (passedMs: number) => isQuiet({ lately: 0, ballots: 600, passedMs })
  expect([0, 60_000, 60_001].map(young)).toEqual([false, false, true])
})

test('a clock that was set back makes no gap and takes no time back', () => {
  const cohort = known([sightingOf({ at: 5000 }), sightingOf({ at: 1000 }), sightingOf({ at: 5040 })])
  expect(cohort).toMatchObject({ newestMs: 5040, gapMs: 20, together: 0.5 })
})

test('whether it is lonely is asked with what has not faded of its own ballots, the newest included', () => {
  const cohort = newCohort(sightingOf({ at: 1000 }))
  const asked: number[] = []
  for (const at of [1000, 61_000]) sight(cohort, sightingOf({ at }), (own) => asked.push(own) > 0)
  expect(asked).toEqual([1, 1 + 1 / Math.E])
})

test('who has cast nothing yet has given nothing to what is usual', () => {
  expect(newCohort(sightingOf())).toMatchObject({
    ballots: 0,
    given: { ballots: 0, agreeing: 0, instant: 0, young: 0 },
  })
})
