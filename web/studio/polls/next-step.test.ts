import { expect, test } from 'bun:test'
import type { StudioPoll } from '../api/queries.ts'
import { nextStepOf } from './next-step.ts'

const DRAFT = {
  show: 'final',
  poll: 'mvp',
  question: 'Who?',
  choices: [],
  kind: 'one',
  max: 1,
  change: false,
  visibility: 'closed',
  graceMs: 0,
  countLate: true,
  countQuarantined: false,
  state: 'draft',
  version: 1,
} satisfies StudioPoll

test('a poll has one next step in each state, and what cannot be taken back says what it does', () => {
  const open = { ...DRAFT, opens: 1_000 }
  const closed = { ...open, closes: 2_000 }
  const revealed = { ...closed, revealed: 3_000 }
  expect(nextStepOf(DRAFT, 5_000)).toEqual({ step: 'open', label: 'Open' })
  expect(nextStepOf(open, 5_000)).toMatchObject({
    step: 'close',
    consequence: expect.stringContaining('cannot'),
  })
  expect(nextStepOf(closed, 5_000)?.step).toBe('reveal')
  expect(nextStepOf({ ...closed, answer: ['a'] }, 5_000)?.consequence).toContain('right answer')
  expect(nextStepOf({ ...closed, answer: [] }, 5_000)?.consequence).not.toContain('right answer')
  expect(nextStepOf(revealed, 5_000)).toMatchObject({ step: 'seal', consequence: expect.any(String) })
  expect(nextStepOf({ ...revealed, sealed: 4_000 }, 5_000)).toBeUndefined()
})

test('a poll is not sealed while late votes are accepted', () => {
  const late = { ...DRAFT, opens: 1_000, closes: 2_000, graceMs: 10_000, reveals: 20_000, revealed: 11_000 }
  expect(nextStepOf(late, 11_500)).toMatchObject({ step: 'seal' })
  const early = { ...late, revealed: 2_500 }
  expect(nextStepOf({ ...early, graceMs: 300 }, 2_600)?.notBefore).toBeUndefined()
})
