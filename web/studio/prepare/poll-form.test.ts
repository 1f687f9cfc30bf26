import { expect, test } from 'bun:test'
import type { StudioPoll } from '../api/queries.ts'
import { formOf, rulesOf } from './poll-form.ts'

const SIDES = [
  { segment: 'home', title: 'Lanterns' },
  { segment: 'away', title: 'Kites' },
]

test('choices get ids of their names, also where a name has no letter of an id', () => {
  const form = formOf(undefined, 'empty', SIDES)
  const choices = ['Äpfel', 'نعم', ' ', 'Apfel', 'Äpfel'].map((title) => ({
    choice: '',
    title,
    isRight: title === 'نعم',
  }))
  const rules = rulesOf({ ...form, question: ' Was? ', choices })
  expect(rules.choices).toEqual([
    { choice: 'apfel', title: 'Äpfel' },
    { choice: 'choice-2', title: 'نعم' },
    { choice: 'apfel-2', title: 'Apfel' },
    { choice: 'apfel-3', title: 'Äpfel' },
  ])
  expect(rules).toMatchObject({ question: 'Was?', answer: ['choice-2'], max: 1 })
})

test('a poll of sides has their names, and at most as many choices as there are', () => {
  const rules = rulesOf({ ...formOf(undefined, 'sides', SIDES), question: 'Who?', kind: 'several', max: 9 })
  expect(rules).toMatchObject({ choices: [{ choice: 'home' }, { choice: 'away' }], max: 2 })
  expect(rules).not.toHaveProperty('opens')
})

test('the right answer and the times of a draft can be taken away, and of another poll no time is taken over', () => {
  const draft: StudioPoll = {
    ...{ show: 'final', poll: 'mvp', question: 'Who?', kind: 'one', max: 1, change: false, version: 1 },
    ...{ visibility: 'closed', graceMs: 0, countLate: true, countQuarantined: false, state: 'draft' },
    choices: [
      { choice: 'a', title: 'Anna' },
      { choice: 'b', title: 'Ben' },
    ],
    ...{ answer: ['a'], opens: 1_000, closes: 2_000, reveals: 3_000 },
  }
  const form = formOf(draft, 'empty', [])
  expect(rulesOf(form, draft)).toMatchObject({ answer: ['a'], opens: 1_000, closes: 2_000 })
  expect(rulesOf(form, draft)).not.toHaveProperty('reveals')
  const choices = form.choices.map((choice) => ({ ...choice, isRight: false }))
  const bare = { ...form, choices, opens: undefined }
  expect(rulesOf(bare, draft)).toMatchObject({ answer: [], opens: null, closes: null, reveals: null })
  expect(rulesOf({ ...form, closes: undefined }, draft)).toMatchObject({ opens: 1_000, closes: null })
  const like: StudioPoll = { ...draft, state: 'sealed' }
  for (const name of ['opens', 'closes', 'reveals', 'seals'])
    expect(rulesOf(formOf(like, 'empty', []), like)).not.toHaveProperty(name)
})
