import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { RoarError } from '../../protocol/errors.ts'
import type { PollKind } from '../../protocol/polls.ts'
import { ballotable, checkAnswer, sameAnswer } from './answer.ts'

const IDS = ['anna', 'ben', 'cleo', 'dan']
const poll = (kind: PollKind, max = kind === 'one' ? 1 : kind === 'several' ? 2 : 10) =>
  ballotable({ kind, max, choices: IDS.map((choice) => ({ choice, title: choice })) })

function outcome(body: unknown, kind: PollKind): unknown {
  try {
    return checkAnswer(body, poll(kind))
  } catch (cause) {
    if (!(cause instanceof RoarError)) throw cause
    return `${cause.code}: ${cause.message}`
  }
}

test('an answer of each kind has one form: choices in the order of their ids, and the points of each', () => {
  expect(outcome({ choice: 'ben' }, 'one')).toEqual({ choice: ['ben'], points: [1] })
  expect(outcome({ choices: ['cleo', 'anna'] }, 'several')).toEqual({
    choice: ['anna', 'cleo'],
    points: [1, 1],
  })
  expect(outcome({ choices: ['dan'] }, 'several')).toEqual({ choice: ['dan'], points: [1] })
  expect(outcome({ points: { dan: 3, anna: 7 } }, 'points')).toEqual({
    choice: ['anna', 'dan'],
    points: [7, 3],
  })
})

test('fields that it does not know are ignored', () => {
  expect(outcome({ choice: 'ben', later: true, receipt: {} }, 'one')).toEqual({
    choice: ['ben'],
    points: [1],
  })
})

test('a body of another shape is refused', () => {
  for (const body of [null, undefined, 'anna', 7, ['anna']])
    expect(outcome(body, 'one')).toBe('bad_request: the body is not an object')
  expect(outcome({ choice: 5 }, 'one')).toBe('bad_request: a choice is not a string')
  expect(outcome({ choices: 'anna' }, 'several')).toBe('bad_request: choices is not an array')
  expect(outcome({ choices: [5] }, 'several')).toBe('bad_request: a choice is not a string')
  for (const points of [null, 'anna', ['anna'], 7])
    expect(outcome({ points }, 'points')).toBe('bad_request: points is not an object')
})

test("an answer of another kind than the poll's is refused, by the field that it should have", () => {
  expect(outcome({ choices: ['anna'] }, 'one')).toBe('bad_choice: the poll\'s kind is one: send "choice"')
  expect(outcome({ choice: 'anna' }, 'several')).toBe(
    'bad_choice: the poll\'s kind is several: send "choices"',
  )
  expect(outcome({ choice: 'anna' }, 'points')).toBe('bad_choice: the poll\'s kind is points: send "points"')
  for (const [kind, field] of [
    ['one', 'choice'],
    ['several', 'choices'],
    ['points', 'points'],
  ] as const) {
    expect(outcome({}, kind)).toBe(`bad_choice: send "${field}" and nothing else`)
    expect(outcome({ choice: 'anna', choices: ['anna'] }, kind)).toBe(
      `bad_choice: send "${field}" and nothing else`,
    )
  }
})

test('several choices: at least one, at most as many as the poll says, each once', () => {
  expect(outcome({ choices: [] }, 'several')).toBe('bad_choice: choices is empty')
  expect(outcome({ choices: ['anna', 'ben', 'cleo'] }, 'several')).toBe(
    'bad_choice: there are more than 2 choices',
  )
  expect(outcome({ choices: ['anna', 'anna'] }, 'several')).toBe('bad_choice: a choice is given twice')
})

test('points: whole, above 0, and no more than there are to split', () => {
  expect(outcome({ points: {} }, 'points')).toBe('bad_points: no points are given')
  for (const n of [0, -1, 1.5, '1', null, Number.MAX_SAFE_INTEGER + 1])
    expect(outcome({ points: { anna: n } }, 'points')).toBe(
      'bad_points: points are not whole numbers above 0',
    )
  expect(outcome({ points: { anna: 7, ben: 4 } }, 'points')).toBe(
    'bad_points: there are 10 points to split, not 11',
  )
  expect(outcome({ points: { anna: 1 } }, 'points')).toEqual({ choice: ['anna'], points: [1] })
  expect(outcome({ points: { anna: 7, ben: 3 } }, 'points')).toEqual({
    choice: ['anna', 'ben'],
    points: [7, 3],
  })
})

test('a choice that the poll has not is refused by its name, cut where it is long', () => {
  expect(outcome({ choice: 'eve' }, 'one')).toBe('unknown_choice: the poll has no choice "eve"')
  expect(outcome({ choices: ['anna', 'eve'] }, 'several')).toBe(
    'unknown_choice: the poll has no choice "eve"',
  )
  expect(outcome({ points: { eve: 1 } }, 'points')).toBe('unknown_choice: the poll has no choice "eve"')
  expect(outcome({ choice: 'x'.repeat(99) }, 'one')).toBe(
    `unknown_choice: the poll has no choice "${'x'.repeat(32)}"`,
  )
})

test('whatever comes, it is an answer of the poll or a refusal with a code', () => {
  fc.assert(
    fc.property(
      fc.record(
        { choice: fc.jsonValue(), choices: fc.jsonValue(), points: fc.jsonValue() },
        { requiredKeys: [] },
      ),
      fc.constantFrom<PollKind>('one', 'several', 'points'),
      (body, kind) => {
        const result = outcome(body, kind)
        expect(typeof result === 'string' ? result.split(':')[0] : 'answer').toMatch(/^[a-z_]+$/)
      },
    ),
  )
})

test('answers are the same where choices and points are, in their order', () => {
  const answer = { choice: ['anna', 'ben'], points: [7, 3] }
  expect(sameAnswer(answer, structuredClone(answer))).toBe(true)
  expect(sameAnswer(answer, { choice: ['anna', 'ben'], points: [7, 2] })).toBe(false)
  expect(sameAnswer(answer, { choice: ['anna', 'cleo'], points: [7, 3] })).toBe(false)
  expect(sameAnswer(answer, { choice: ['anna'], points: [7] })).toBe(false)
  expect(sameAnswer({ choice: ['anna'], points: [7] }, answer)).toBe(false)
})
