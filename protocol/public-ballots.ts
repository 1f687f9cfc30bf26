import type { Answer, BallotPlace, MarkOpening } from './polls.ts'
import { HASH, PLACE_FIELD } from './receipts.ts'
import { ANSWER, ANSWER_RULES, ORDINAL, VOTER } from './records/ballots.ts'
import { faultOf, pick } from './records/fault.ts'
import { FLAG, type Grammar, ID_OR_NONE, NAME, NAME_OR_NONE, TIME } from './records/grammar.ts'

/**
 * One line of `GET …/ballots`: a ballot of a sealed poll whose voters are forgotten, with everything that opens its commitment.
 * Lines are in the order of the certificate's tree.
 */
export interface PublicBallot extends Answer, MarkOpening {
  ballot: string
  place: BallotPlace
  /** The poll's keyed hash of the voter, whose key is deleted: it shows that no voter counts twice, and nothing else. */
  voter: string
  ordinal: number
  at: number
  late: boolean
  /** With `salt`; absent if the segment is so small that it would identify the voter. */
  segment?: string
  salt?: string
  /** Used instead in that case: both are derived from the salt. */
  answerSalt?: string
  segmentHash?: string
}

/** Longer than any line, in characters. */
export const PUBLIC_LINE_MAX = 65_536

const COMMON = {
  ballot: NAME,
  place: PLACE_FIELD,
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

/** The canonical form of a ballot: compact JSON with its fields in a fixed order. */
export const publicLineOf = (ballot: PublicBallot): string => JSON.stringify(pick(ballot, grammarOf(ballot)))

/**
 * Parses a line in canonical form only. JSON parsers differ where it is loose (a repeated name, `1.0` or `1e0`, a byte order
 * mark, spaces), and two honest recounts must not read one line differently.
 * @throws TypeError, or the parser's SyntaxError, with the reason, for any other line
 */
export function publicBallotIn(line: string): PublicBallot {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null) throw new TypeError('it is not an object')
  const ballot = value as PublicBallot
  const fault = faultOf(value as Record<string, unknown>, grammarOf(ballot))
  if (fault !== undefined) throw new TypeError(fault)
  if (publicLineOf(ballot) !== line) throw new TypeError('it is not encoded as ballots are')
  return ballot
}
