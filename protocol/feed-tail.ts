import { RELEASED_POSTS_MAX } from './limits.ts'
import type { FeedPacket, Post } from './packets.ts'

/** The newest posts of a feed, oldest first. Removed ones keep their places, since they may be released. */
export type FeedTail = readonly { readonly post: Post; readonly isRemoved: boolean }[]

/**
 * The tail after a packet: the newest `max` posts that are shown, and as many removed ones as a show lists as released. A reply
 * to a removed post no longer names its author. A repeated packet changes nothing; one that is cleared drops everything earlier.
 */
export function followFeed(
  tail: FeedTail,
  { posts = [], removed = [], released = [], cleared }: Partial<FeedPacket>,
  max: number,
): FeedTail {
  const before = cleared ? [] : tail
  const ids = new Set(before.map(({ post }) => post.id))
  const fresh = posts.filter(({ id }) => !ids.has(id)).map((post) => ({ post, isRemoved: false }))
  const gone = new Set(removed)
  const back = new Set(released)
  let [shown, aside] = [0, 0]
  return [...before, ...fresh]
    .map(({ post, isRemoved }) => ({
      post: unnamedWhere(gone, post),
      isRemoved: gone.has(post.id) || (isRemoved && !back.has(post.id)),
    }))
    .reverse()
    .filter(({ isRemoved }) => (isRemoved ? ++aside <= RELEASED_POSTS_MAX : ++shown <= max))
    .reverse()
}

/** The post; a reply to a removed post names no author. */
export function unnamedWhere(gone: { has(id: string): boolean }, post: Post): Post {
  if (!gone.has(post.replyTo ?? '')) return post
  const { replyName: _, ...unnamed } = post
  return unnamed
}

/** The posts that are shown. */
export const shownOf = (tail: FeedTail): Post[] =>
  tail.flatMap(({ post, isRemoved }) => (isRemoved ? [] : [post]))
