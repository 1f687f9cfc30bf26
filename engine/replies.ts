import type { Post } from '../protocol/packets.ts'

/**
 * Adds to a post the name of the author that it replies to.
 * @param nameOf The author of a post that is still shown, by its id; undefined: no such post, or not known (any more).
 */
export function withReplyName(post: Post, nameOf: (id: string) => string | undefined): Post {
  const replyName = post.replyTo === undefined ? undefined : nameOf(post.replyTo)
  return replyName === undefined ? post : { ...post, replyName }
}
