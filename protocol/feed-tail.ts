import { RELEASED_POSTS_MAX } from './limits.ts'
import type { FeedPacket, Post } from './packets.ts'

/** The newest posts of a feed, oldest first. Those that were removed keep their places: they may be released. */
export type FeedTail = readonly { readonly post: Post; readonly isRemoved: boolean }[]

/**
 * The tail after a packet. Of those that are shown it has the newest `max`, of those that were removed as many as a show names
 * as released. What answers one that was removed names nobody any more. A packet that comes twice changes nothing; after one that is
 * cleared nothing of before is there.
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

/** The post; what answers one that was removed names nobody. */
export function unnamedWhere(gone: { has(id: string): boolean }, post: Post): Post {
  if (!gone.has(post.replyTo ?? '')) return post
  const { replyName: _, ...unnamed } = post
  return unnamed
}

/** What is seen of it. */
export const shownOf = (tail: FeedTail): Post[] =>
  tail.flatMap(({ post, isRemoved }) => (isRemoved ? [] : [post]))
