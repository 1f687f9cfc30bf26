import { ANSWERS_A_VOTER_MAX, CHOICES_MAX, POINTS_MAX } from '../limits.ts'
import type { Answer, Ballot } from '../polls.ts'
import { codecOf } from './codec.ts'
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
  optional,
  type Rule,
  TIME,
  whole,
} from './grammar.ts'

/** The voter: all 22 characters, although a 128-bit hash does not need all bits of the last one. */
export const VOTER: Field = {
  kind: 'text',
  pattern: /^[A-Za-z0-9_-]{22}$/,
  lengthMax: 22,
  is: 'a hash',
  are: 'hashes',
}
export const ANSWER: GrammarOf<Answer>['fields'] = {
  choice: list(ID, { min: 1, max: CHOICES_MAX }),
  points: list(whole(1, POINTS_MAX), { min: 1, max: CHOICES_MAX }),
}
export const ANSWER_RULES: Rule[] = [
  { kind: 'one-length', fields: ['choice', 'points'], reason: 'choice and points are not of one length' },
  { kind: 'no-repeats', field: 'choice', reason: 'a choice is given twice' },
]
export const ORDINAL = whole(1, ANSWERS_A_VOTER_MAX)
const REPLACED: GrammarOf<NonNullable<Ballot['replaces']>> = {
  fields: { ballot: NAME, segment: ID_OR_NONE, ...ANSWER },
  rules: ANSWER_RULES,
}

export const BALLOT: GrammarOf<Ballot> = {
  fields: {
    show: ID,
    poll: ID,
    producer: NAME,
    sequence: whole(0),
    batch: whole(0),
    size: whole(1),
    ballot: NAME,
    voter: VOTER,
    segment: ID_OR_NONE,
    ...ANSWER,
    at: TIME,
    late: FLAG,
    quarantined: FLAG,
    ordinal: ORDINAL,
    salt: NAME_OR_NONE,
    markSalt: NAME_OR_NONE,
    replaces: optional(object(REPLACED, { is: 'the answer before', are: 'answers before' })),
  },
  rules: [
    ...ANSWER_RULES,
    {
      kind: 'there-above',
      field: 'replaces',
      number: 'ordinal',
      above: 1,
      reason: 'replaces does not fit the ordinal',
    },
  ],
  plain: true,
}

/** Topic `ballots`: one voter's ballots keep their order. */
export const ballots = codecOf<Ballot>({ topic: 'ballots', grammar: BALLOT, keyOf: ({ voter }) => voter })
