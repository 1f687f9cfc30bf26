import { NAME_UNITS_MAX, POST_TEXT_UNITS_MAX } from '../limits.ts'
import type { Post } from '../packets.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, NAME, optional, TIME, text } from './grammar.ts'

/** What the log holds of a post. */
export interface PostRecord extends Post {
  /** As it is filed: see `filedAs`. */
  show: string
  /** The room that it is for, and the room's channel as the writer knew it. Absent: it is for the feed. */
  room?: string
  channel?: string
}

export const POST: GrammarOf<PostRecord> = {
  fields: {
    show: FILED,
    id: NAME,
    viewer: NAME,
    name: text(NAME_UNITS_MAX),
    sticker: optional(ID),
    text: optional(text(POST_TEXT_UNITS_MAX)),
    at: TIME,
    room: optional(ID),
    channel: optional(ID),
  },
}

/** A room's posts need no order beside those of the show's other rooms, and a final has thousands. */
const keyOf = ({ show, room }: PostRecord): string => (room === undefined ? show : `${show}/${room}`)

/** Topic `posts`: the posts of a feed, and those of a room, keep their order. */
export const posts = codecOf<PostRecord>({ topic: 'posts', grammar: POST, keyOf })
