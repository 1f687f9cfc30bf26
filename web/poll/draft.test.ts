import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { answerOf, draftOf, give, isEmpty, left, NOTHING, pick } from './draft.ts'

const choice = fc.constantFrom('anna', 'ben', 'cleo', 'constructor')

test('of one choice the last one picked stands', () => {
  const rules = { kind: 'one', max: 1 } as const
  const draft = pick(rules, pick(rules, NOTHING, 'anna'), 'ben')
  expect(answerOf(rules, draft)).toEqual({ choice: 'ben' })
})

test('never more than may be picked, and a second pick takes the first back', () => {
  fc.assert(
    fc.property(fc.array(choice), fc.integer({ min: 1, max: 4 }), (picks, max) => {
      const rules = { kind: 'several', max } as const
      const draft = picks.reduce((draft, picked) => pick(rules, draft, picked), NOTHING)
      expect(left(rules, draft)).toBeGreaterThanOrEqual(0)
      expect(answerOf(rules, draft)).toEqual({ choices: Object.keys(draft) })
      expect(draftOf(answerOf(rules, draft))).toEqual(draft)
      const [first] = Object.keys(draft)
      for (const picked of picks) expect(pick(rules, NOTHING, picked)).toEqual({ [picked]: 1 })
      if (first) expect(Object.keys(pick(rules, draft, first))).not.toContain(first)
    }),
  )
})

test('points are whole, above 0, and together never more than there are', () => {
  const step = fc.tuple(choice, fc.constantFrom(-3, -1, 1, 4))
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const rules = { kind: 'points', max: 10 } as const
      const draft = steps.reduce((draft, [to, points]) => give(rules, draft, to, points), NOTHING)
      expect(left(rules, draft)).toBeGreaterThanOrEqual(0)
      expect(Object.values(draft).every((n) => Number.isInteger(n) && n > 0)).toBe(true)
      expect(isEmpty(draft)).toBe(Object.keys(draft).length === 0)
      expect(answerOf(rules, draft)).toEqual({ points: draft })
    }),
  )
})
