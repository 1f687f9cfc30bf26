import { expect, test } from 'bun:test'
import type { Suspect } from '../../protocol/cohorts.ts'
import { joinedSuspects } from './joined-suspects.ts'

const suspect = (cohort: string, more: Partial<Suspect>): Suspect => ({
  ...{ cohort, kind: 'address', ballots: 0, quarantined: 0, beyondLimit: 0 },
  ...{ suspicion: 0, signs: [], from: 0, to: 0 },
  ...more,
})

test('a place that two processes saw is one, with the sum of its ballots and the signs of the newest', () => {
  const signs: Suspect['signs'] = [{ sign: 'volume', bits: 2.5, here: 90, usual: 4 }]
  const seen = [
    suspect('a', { ballots: 50, quarantined: 30, beyondLimit: 1, from: 5, to: 9, suspicion: 0.9, signs }),
    suspect('b', { ballots: 99, quarantined: 60 }),
    suspect('a', { ballots: 60, quarantined: 40, from: 3, to: 8, suspicion: 0.8 }),
  ]
  const a = { ballots: 110, quarantined: 70, beyondLimit: 1, from: 3, to: 9, suspicion: 0.9, signs }
  const joined = [suspect('a', a), suspect('b', { ballots: 99, quarantined: 60 })]
  expect(joinedSuspects(seen)).toEqual(joined)
  expect(joinedSuspects(seen.toReversed())).toEqual(joined)
})

test('places with as many ballots in quarantine are in the order of their names, however they come', () => {
  const seen = ['c', 'a', 'd', 'b'].map((cohort) => suspect(cohort, { quarantined: 5 }))
  const order = ['a', 'b', 'c', 'd']
  expect(joinedSuspects(seen).map(({ cohort }) => cohort)).toEqual(order)
  expect(joinedSuspects(seen.toReversed()).map(({ cohort }) => cohort)).toEqual(order)
})

test('of two that saw a place last at the same time, the one named later says the signs', () => {
  const [early, late] = [0.8, 0.9].map((suspicion) => suspect('a', { to: 9, suspicion }))
  expect(joinedSuspects([early!, late!])).toMatchObject([{ suspicion: 0.9 }])
})
