import { NAME_UNITS_MAX, POST_TEXT_UNITS_MAX } from '../limits.ts'
import type { Post } from '../packets.ts'
import { FILED, type GrammarOf, ID, NAME, optional, TIME, text } from './grammar.ts'

/**
 * The fields that every record of a post starts with: the post and its author. The name that it replies to is added when it is
 * published.
 */
export interface FiledPost extends Omit<Post, 'replyName'> {
  /** As it is filed: see `filedAs`. */
  show: string
}

export const FILED_POST: GrammarOf<FiledPost>['fields'] = {
  show: FILED,
  id: NAME,
  viewer: NAME,
  name: text(NAME_UNITS_MAX),
  sticker: optional(ID),
  text: optional(text(POST_TEXT_UNITS_MAX)),
  replyTo: optional(NAME),
  at: TIME,
}
