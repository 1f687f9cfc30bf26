import { NAME_UNITS_MAX, POST_TEXT_UNITS_MAX, WORD_LENGTH_MAX } from '../limits.ts'
import type { Post } from '../packets.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, NAME, oneOf, optional, TIME, text } from './grammar.ts'

/** A post that a moderator sees first, and what was decided of it. */
export interface HeldRecord extends Post {
  /** As it is filed: see `filedAs`. */
  show: string
  /** The entry of a word list that is in it. Absent: the show holds every text. */
  entry?: string
  /** Absent: it waits. */
  decided?: 'released' | 'removed'
}

export const HELD: GrammarOf<HeldRecord> = {
  fields: {
    show: FILED,
    id: NAME,
    viewer: NAME,
    name: text(NAME_UNITS_MAX),
    sticker: optional(ID),
    text: optional(text(POST_TEXT_UNITS_MAX)),
    at: TIME,
    entry: optional(text(WORD_LENGTH_MAX)),
    decided: optional(oneOf('released', 'removed')),
  },
}

/** Topic `held`: of one post the newest record says how it stands. */
export const held = codecOf<HeldRecord>({
  topic: 'held',
  grammar: HELD,
  keyOf: ({ show, id }) => `${show}/${id}`,
})
