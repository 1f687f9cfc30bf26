import { expect, test } from 'bun:test'
import { MATCH } from '../../engine/match.ts'
import { boardText, chaseOf, oversOf, sayingAt } from './scoreboard.ts'

const six = MATCH.find(({ kind }) => kind === 'six')!

test('nothing is given away before it has happened', () => {
  const known = six.impactMs - six.startMs
  expect(sayingAt(six, known - 1)).toMatchObject({ board: six.before, shout: undefined, fresh: false })
  expect(sayingAt(six, known)).toMatchObject({ board: six.after, shout: { word: 'SIX' }, fresh: true })
})

test('a shout ends, but a review is held until it is decided', () => {
  expect(sayingAt(six, six.endMs - six.startMs - 1).shout).toBeUndefined()
  const review = MATCH.find(({ kind }) => kind === 'review')!
  expect(sayingAt(review, review.endMs - review.startMs - 1).shout?.word).toBe('REVIEW')
})

test('overs and the chase are written as the game writes them', () => {
  const { before } = MATCH[0]!
  expect(oversOf(before)).toBe('16.0')
  expect(oversOf({ ...before, balls: 113 })).toBe('18.5')
  expect(chaseOf(before)).toBe('Need 44 from 24 balls')
  expect(chaseOf({ ...before, runs: 166, balls: 119 })).toBe('Need 6 from 1 ball')
  expect(chaseOf(MATCH.at(-1)!.after)).toBe('Won by 2 wickets')
  expect(boardText(before)).toContain('128 for 5 after 16.0 overs')
})
