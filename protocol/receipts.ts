import type { BallotPlace, BallotProof, Receipt } from './polls.ts'
import { ANSWER, ANSWER_RULES, ORDINAL } from './records/ballots.ts'
import {
  type Field,
  FLAG,
  type GrammarOf,
  ID,
  ID_OR_NONE,
  list,
  NAME,
  NAME_OR_NONE,
  object,
  TIME,
  text,
  whole,
} from './records/grammar.ts'

/*
 * The form of receipts and proofs. What is hashed is text in which 1 and "1" look the same, and everything but false counts as
 * true: without a form, people could read something else in a document than what is checked of it.
 */

export const HASH: Field = {
  kind: 'text',
  pattern: /^[A-Za-z0-9_-]{43}$/,
  lengthMax: 43,
  is: 'a hash',
  are: 'hashes',
}
const PLACE: GrammarOf<BallotPlace> = { fields: { partition: whole(0), offset: whole(0) } }
export const PLACE_FIELD: Field = object(PLACE, {
  is: 'a partition and an offset',
  are: 'partitions and offsets',
})
/** A tree of all whole numbers has no longer path. */
const PATH = { index: whole(0), size: whole(1), path: list(HASH, { max: 53 }) }

export const RECEIPT: GrammarOf<Receipt> = {
  fields: {
    show: ID,
    poll: ID,
    ballot: NAME,
    ordinal: ORDINAL,
    at: TIME,
    late: FLAG,
    paper: NAME,
    mark: NAME,
    place: PLACE_FIELD,
    commitment: NAME,
    answer: object(
      { fields: ANSWER, rules: ANSWER_RULES },
      { is: 'an answer: choices, each once, and as many whole numbers of points', are: 'answers' },
    ),
    segment: ID_OR_NONE,
    voter: NAME,
    salt: NAME_OR_NONE,
    proof: object(
      { fields: { ...PATH, kid: text(512), signature: text(512) } },
      { is: 'a path with a signature', are: 'paths with signatures' },
    ),
  },
}

export const PROOF: GrammarOf<BallotProof> = {
  fields: { show: ID, poll: ID, ballot: NAME, quarantined: FLAG, markSalt: NAME_OR_NONE, ...PATH },
}
