import { WORD_LENGTH_MAX } from '../limits.ts'
import { codecOf } from './codec.ts'
import { FILED_POST, type FiledPost } from './filed-post.ts'
import { type GrammarOf, oneOf, optional, text } from './grammar.ts'

/** A post that waits for a moderator, and the decision. */
export interface HeldRecord extends FiledPost {
  /** The entry of a word list that it contains. Absent: the show holds every text. */
  entry?: string
  /** Absent: undecided. */
  decided?: 'released' | 'removed'
}

export const HELD: GrammarOf<HeldRecord> = {
  fields: {
    ...FILED_POST,
    entry: optional(text(WORD_LENGTH_MAX)),
    decided: optional(oneOf('released', 'removed')),
  },
}

/** Topic `held`: the newest record of a post is its state. */
export const held = codecOf<HeldRecord>({
  topic: 'held',
  grammar: HELD,
  keyOf: ({ show, id }) => `${show}/${id}`,
})
