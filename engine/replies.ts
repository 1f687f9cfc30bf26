import type { Post } from '../protocol/packets.ts'

/**
 * A post with the name of whom it answers.
 * @param nameOf The name at a post that is still shown, by its id; undefined: there is none, or it is not known (any more).
 */
export function withReplyName(post: Post, nameOf: (id: string) => string | undefined): Post {
  const replyName = post.replyTo === undefined ? undefined : nameOf(post.replyTo)
  return replyName === undefined ? post : { ...post, replyName }
}
