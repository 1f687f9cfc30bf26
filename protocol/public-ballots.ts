import type { Answer, BallotPlace, MarkOpening } from './polls.ts'

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
