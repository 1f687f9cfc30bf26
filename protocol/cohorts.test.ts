import { expect, test } from 'bun:test'
import { PLACES, SIGNS, suspectWords } from './cohorts.ts'

test('every sign is a sentence with its figures, in the order of the signs, and what came too fast is the last', () => {
  const signs = SIGNS.map((sign) => ({ sign, bits: 1, here: sign === 'volume' ? 3920 : 0.98, usual: 0.34 }))
  expect(suspectWords({ signs, beyondLimit: 1200 })).toEqual([
    'many votes: 3,920, where large places elsewhere have 0',
    'too regular: pauses vary by 98 % of their length, people’s by 100 % or more',
    'in bursts: 98 % came within 20 ms of the vote before, where chance explains 34 %',
    'new tokens: 98 % were less than a second old at the vote, elsewhere 34 %',
    'young tokens: 98 % were less than a minute old at the vote, elsewhere 34 %',
    'one answer: 98 % gave the same, which elsewhere 34 % gave',
    'out of hours: 98 % came while hardly anybody else voted',
    'too fast: 1,200 were more than one network may send',
  ])
  expect(suspectWords({ signs: [], beyondLimit: 0 })).toEqual([])
  expect(suspectWords({ signs: [], beyondLimit: 1 })).toHaveLength(1)
})

test('places are from narrow to wide', () => {
  expect(PLACES).toEqual(['address', 'network', 'block'])
})
