import { NAME_UNITS_MAX, POST_TEXT_UNITS_MAX } from '../limits.ts'
import type { Post } from '../packets.ts'
import { codecOf } from './codec.ts'
import { type GrammarOf, ID, NAME, optional, TIME, text } from './grammar.ts'

/** What the log holds of a post. */
export interface PostRecord extends Post {
  show: string
}

export const POST: GrammarOf<PostRecord> = {
  fields: {
    show: ID,
    id: NAME,
    viewer: NAME,
    name: text(NAME_UNITS_MAX),
    sticker: optional(ID),
    text: optional(text(POST_TEXT_UNITS_MAX)),
    at: TIME,
  },
}

/** Topic `posts`: a show's posts keep their order. */
export const posts = codecOf<PostRecord>({ topic: 'posts', grammar: POST, keyOf: ({ show }) => show })
