import { isId } from '../../protocol/ids.ts'
import type { Answer, Ballot } from '../../protocol/polls.ts'

/**
 * Reads a record of the ballots log. Returns the ballot, or the reason why it is none, in words for the dead-letter
 * topic.
 */
export function parseBallot(json: string): Ballot | string {
  let ballot: Partial<Record<keyof Ballot, unknown>>
  try {
    ballot = JSON.parse(json)
  } catch {
    return BALLOT_FAULTS.json
  }
  if (typeof ballot !== 'object' || ballot === null || Array.isArray(ballot)) return BALLOT_FAULTS.json
  const { show, poll, producer, sequence, voter, segment, ordinal, late, quarantined, replaces } = ballot
  if (!isId(show) || !isId(poll)) return BALLOT_FAULTS.poll
  if (typeof producer !== 'string' || producer === '' || !isWhole(sequence) || sequence < 0) {
    return BALLOT_FAULTS.producer
  }
  if (typeof voter !== 'string' || !VOTER.test(voter)) return BALLOT_FAULTS.voter
  if (!isWhole(ordinal) || ordinal < 1) return BALLOT_FAULTS.ordinal
  if (typeof late !== 'boolean' || typeof quarantined !== 'boolean') return BALLOT_FAULTS.marks
  if (!isSegment(segment) || !isAnswer(ballot)) return BALLOT_FAULTS.answer
  if (replaces === undefined) return ordinal === 1 ? (ballot as Ballot) : BALLOT_FAULTS.replaces
  if (ordinal === 1 || typeof replaces !== 'object' || replaces === null) return BALLOT_FAULTS.replaces
  const before = replaces as Partial<Record<keyof Ballot, unknown>>
  return isSegment(before.segment) && isAnswer(before) ? (ballot as Ballot) : BALLOT_FAULTS.replaces
}

const VOTER = /^[\w-]{22}$/
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)
const isSegment = (value: unknown): boolean => value === '' || isId(value)

function isAnswer({ choice, points }: Partial<Record<keyof Answer, unknown>>): boolean {
  return (
    Array.isArray(choice) &&
    Array.isArray(points) &&
    choice.length > 0 &&
    choice.length === points.length &&
    choice.every(isId) &&
    points.every((n) => isWhole(n) && n > 0)
  )
}

export const BALLOT_FAULTS = {
  json: 'not a JSON object',
  poll: 'show or poll is not an id',
  producer: 'producer or sequence is missing',
  voter: 'voter is not a hash',
  ordinal: 'ordinal is not a whole number above 0',
  marks: 'late or quarantined is not true or false',
  answer: 'segment, choice and points are not an answer',
  replaces: 'replaces does not fit the ordinal',
} as const
