import { expect, test } from 'bun:test'
import type { Poll } from '../../protocol/polls.ts'
import { admit } from './admission.ts'

const poll = (more: Partial<Poll> = {}) =>
  ({ opens: 1000, closes: 2000, graceMs: 500, ...more }) as unknown as Poll
const at = (ms: number, more: Partial<Poll> = {}) => {
  try {
    return admit(poll(more), ms).late ? 'late' : 'in time'
  } catch (cause) {
    return (cause as Error).message
  }
}

test('a vote is in time from the opening up to the end, late up to the end of the grace, and then none', () => {
  expect([999, 1000, 1999, 2000, 2499, 2500].map((ms) => at(ms))).toEqual([
    'the poll is not open yet',
    'in time',
    'in time',
    'late',
    'late',
    'the poll is closed',
  ])
})

test('who can know the counts votes no more: to reveal them, by hand or by the schedule, ends the grace', () => {
  expect([2099, 2100].map((ms) => at(ms, { revealed: 2100 }))).toEqual(['late', 'the poll is closed'])
  expect([2099, 2100].map((ms) => at(ms, { reveals: 2100 }))).toEqual(['late', 'the poll is closed'])
  expect([2100, 2200].map((ms) => at(ms, { revealed: 2200, reveals: 2100 }))).toEqual([
    'late',
    'the poll is closed',
  ])
})

test('a poll that was further takes no vote by a clock that says it was not: the clock is wrong', () => {
  const unsure = "the poll was already closed, but not by this server's clock"
  expect([999, 1999].map((ms) => at(ms, { reached: 'closed' }))).toEqual([unsure, unsure])
  expect(at(2000, { reached: 'closed' })).toBe('late')
  expect(at(1500, { reached: 'open' })).toBe('in time')
})

test('a sealed poll takes no vote, whenever it was received', () => {
  expect(at(1500, { sealed: 3000 })).toBe('the poll is sealed')
})
