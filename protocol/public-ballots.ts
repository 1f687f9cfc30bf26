import type { Answer, BallotPlace, MarkOpening } from './polls.ts'
import { ANSWER, ANSWER_RULES, ORDINAL, VOTER } from './records/ballots.ts'
import { faultOf, pick } from './records/fault.ts'
import {
  type Field,
  FLAG,
  type Grammar,
  type GrammarOf,
  ID_OR_NONE,
  NAME,
  NAME_OR_NONE,
  object,
  TIME,
  whole,
} from './records/grammar.ts'

/**
 * One line of `GET …/ballots`: a ballot of a sealed poll whose voters are forgotten, with all that opens its commitment.
 * Lines come in the order of the certificate's tree.
 */
export interface PublicBallot extends Answer, MarkOpening {
  ballot: string
  place: BallotPlace
  /** The poll's keyed hash of the voter, whose key is gone: it says that no voter counts twice, and nothing else. */
  voter: string
  ordinal: number
  at: number
  late: boolean
  /** With `salt`; absent where the segment is so small that it would tell who it is. */
  segment?: string
  salt?: string
  /** In their place then: what follows from them. */
  answerSalt?: string
  segmentHash?: string
}

/** More than the longest line has, in characters. */
export const PUBLIC_LINE_MAX = 65_536

const HASH: Field = {
  kind: 'text',
  pattern: /^[A-Za-z0-9_-]{43}$/,
  lengthMax: 43,
  is: 'a hash',
  are: 'hashes',
}
const PLACE: GrammarOf<BallotPlace> = { fields: { partition: whole(0), offset: whole(0) } }
const COMMON = {
  ballot: NAME,
  place: object(PLACE, { is: 'a place', are: 'places' }),
  voter: VOTER,
  ordinal: ORDINAL,
  at: TIME,
  late: FLAG,
  quarantined: FLAG,
  markSalt: NAME_OR_NONE,
  ...ANSWER,
}
const OPEN: Grammar = { fields: { ...COMMON, segment: ID_OR_NONE, salt: NAME_OR_NONE }, rules: ANSWER_RULES }
const HIDDEN: Grammar = { fields: { ...COMMON, answerSalt: HASH, segmentHash: HASH }, rules: ANSWER_RULES }

const grammarOf = ({ salt }: Partial<PublicBallot>): Grammar => (salt === undefined ? HIDDEN : OPEN)

/** The one way to write a ballot: compact JSON, its fields in one order. */
export const publicLineOf = (ballot: PublicBallot): string => JSON.stringify(pick(ballot, grammarOf(ballot)))

/**
 * The ballot that a line is. Programs read JSON differently where it is loose: a name twice, `1.0` or `1e0`, a byte order mark, spaces. Of
 * such a line two honest recounts could say two things, so only the one way to write a ballot is one.
 * @throws TypeError, or the parser's SyntaxError, for a line that is none, and says why
 */
export function publicBallotIn(line: string): PublicBallot {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null) throw new TypeError('it is not an object')
  const ballot = value as PublicBallot
  const fault = faultOf(value as Record<string, unknown>, grammarOf(ballot))
  if (fault !== undefined) throw new TypeError(fault)
  if (publicLineOf(ballot) !== line) throw new TypeError('it is not written as a ballot is')
  return ballot
}
