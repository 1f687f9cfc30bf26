import { RoarError } from '../../protocol/errors.ts'
import type { Answer, Poll, VoteRequest } from '../../protocol/polls.ts'

/** A poll prepared for checking answers, once for each version. */
export type Ballotable = Pick<Poll, 'kind' | 'max'> & { choiceIds: ReadonlySet<string> }

export const ballotable = ({ kind, max, choices }: Pick<Poll, 'kind' | 'max' | 'choices'>): Ballotable => ({
  kind,
  max,
  choiceIds: new Set(choices.map(({ choice }) => choice)),
})

/**
 * Checks a parsed body against the poll and returns the answer in its canonical form. Unknown fields are ignored.
 * @throws RoarError bad_request for a wrong shape, bad_choice for a wrong kind or number, unknown_choice, bad_points
 */
export function checkAnswer(body: unknown, poll: Ballotable): Answer {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RoarError('bad_request', 'the body is not an object')
  }
  const { choice, choices, points } = body as Partial<Record<keyof VoteRequest, unknown>>
  const given = [choice, choices, points].filter((field) => field !== undefined).length
  if (given !== 1) throw new RoarError('bad_choice', `send ${FIELDS[poll.kind]} and nothing else`)
  if (poll.kind === 'one') return one(choice, poll)
  return poll.kind === 'several' ? several(choices, poll) : split(points, poll)
}

const FIELDS = { one: '"choice"', several: '"choices"', points: '"points"' } as const

function one(choice: unknown, poll: Ballotable): Answer {
  if (choice === undefined) throw wrongKind(poll)
  return { choice: [known(choice, poll)], points: [1] }
}

function several(choices: unknown, poll: Ballotable): Answer {
  if (choices === undefined) throw wrongKind(poll)
  if (!Array.isArray(choices)) throw new RoarError('bad_request', 'choices is not an array')
  if (choices.length === 0) throw new RoarError('bad_choice', 'choices is empty')
  if (choices.length > poll.max) throw new RoarError('bad_choice', `there are more than ${poll.max} choices`)
  const sorted = choices.map((choice) => known(choice, poll)).sort()
  if (new Set(sorted).size < sorted.length) throw new RoarError('bad_choice', 'a choice is given twice')
  return { choice: sorted, points: sorted.map(() => 1) }
}

function split(points: unknown, poll: Ballotable): Answer {
  if (points === undefined) throw wrongKind(poll)
  if (typeof points !== 'object' || points === null || Array.isArray(points)) {
    throw new RoarError('bad_request', 'points is not an object')
  }
  const choice = Object.keys(points)
    .map((id) => known(id, poll))
    .sort()
  if (choice.length === 0) throw new RoarError('bad_points', 'no points are given')
  const each = choice.map((id) => (points as Record<string, unknown>)[id])
  if (!each.every((n): n is number => Number.isSafeInteger(n) && (n as number) > 0)) {
    throw new RoarError('bad_points', 'points are not whole numbers above 0')
  }
  const sum = each.reduce((total, n) => total + n, 0)
  if (sum > poll.max) throw new RoarError('bad_points', `there are ${poll.max} points to split, not ${sum}`)
  return { choice, points: each }
}

function known(choice: unknown, poll: Ballotable): string {
  if (typeof choice !== 'string') throw new RoarError('bad_request', 'a choice is not a string')
  if (!poll.choiceIds.has(choice)) {
    throw new RoarError('unknown_choice', `the poll has no choice ${JSON.stringify(choice.slice(0, 32))}`)
  }
  return choice
}

const wrongKind = (poll: Ballotable) =>
  new RoarError('bad_choice', `the poll's kind is ${poll.kind}: send ${FIELDS[poll.kind]}`)

export const sameAnswer = (a: Answer, b: Answer): boolean =>
  a.choice.length === b.choice.length &&
  a.choice.every((choice, i) => choice === b.choice[i] && a.points[i] === b.points[i])
