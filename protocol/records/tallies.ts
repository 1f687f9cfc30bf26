import { type TallyCell, tallyKey } from '../polls.ts'
import { codecOf } from './codec.ts'
import { type GrammarOf, ID, ID_OR_NONE, oneOf, TIME, whole } from './grammar.ts'

export const TALLY: GrammarOf<TallyCell> = {
  fields: {
    show: ID,
    poll: ID,
    segment: ID_OR_NONE,
    choice: ID_OR_NONE,
    mark: oneOf('', 'late', 'quarantined', 'late quarantined'),
    count: whole(Number.MIN_SAFE_INTEGER),
    version: TIME,
  },
}

/** Topic `tallies`: the newest version of each cell. */
export const tallies = codecOf<TallyCell>({ topic: 'tallies', grammar: TALLY, keyOf: tallyKey })
