import { expect, test } from 'bun:test'
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
