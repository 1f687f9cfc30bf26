import { codecOf } from './codec.ts'
import { FILED_POST, type FiledPost } from './filed-post.ts'
import { type GrammarOf, ID, optional } from './grammar.ts'

/** A post in the log. */
export interface PostRecord extends FiledPost {
  /** Its room, and the room's channel as the writer knew it. Absent: it is for the feed. */
  room?: string
  channel?: string
}

export const POST: GrammarOf<PostRecord> = {
  fields: {
    ...FILED_POST,
    room: optional(ID),
    channel: optional(ID),
  },
}

/** Posts of one room need no order relative to other rooms, and a final has thousands of rooms. */
const keyOf = ({ show, room }: PostRecord): string => (room === undefined ? show : `${show}/${room}`)

/** Topic `posts`: the posts of a feed, and those of a room, keep their order. */
export const posts = codecOf<PostRecord>({ topic: 'posts', grammar: POST, keyOf })
