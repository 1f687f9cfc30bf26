import { RecentMap } from '../../engine/recent-map.ts'
import { type FeedTail, followFeed, shownOf } from '../../protocol/feed-tail.ts'
import type { FeedPacket, Post } from '../../protocol/packets.ts'

/** How many posts of a feed a new viewer sees. */
export const TAIL_POSTS = 50
/** Shows whose posts are kept; beyond it those whose feed has been silent longest are forgotten. */
const SHOWS_MAX = 2_000

/** The newest posts of each show's feed, as they passed through this edge. */
export class FeedTails {
  readonly #tails = new RecentMap<string, FeedTail>(SHOWS_MAX)
  readonly #text = new TextDecoder()

  /** Takes a show's feed packet. An invalid one is still passed on to viewers, and changes nothing here. */
  take(show: string, payload: Uint8Array): void {
    const packet = this.#parse(payload)
    if (packet !== undefined)
      this.#tails.set(show, followFeed(this.#tails.get(show) ?? [], packet, TAIL_POSTS))
  }

  /** Drops all earlier posts. */
  clear(show: string): void {
    if (this.#tails.get(show) !== undefined) this.#tails.set(show, [])
  }

  /** Oldest first, without those removed since. */
  newest(show: string): Post[] {
    return shownOf(this.#tails.get(show) ?? [])
  }

  /** The ids of posts that were removed, of the newest. */
  removed(show: string): string[] {
    return (this.#tails.get(show) ?? []).flatMap(({ post, isRemoved }) => (isRemoved ? [post.id] : []))
  }

  #parse(payload: Uint8Array): FeedPacket | undefined {
    try {
      const packet = JSON.parse(this.#text.decode(payload)) as Partial<FeedPacket> | null
      const { posts, removed, released } = packet ?? {}
      const isPacket = Array.isArray(posts) && [removed, released].every(isListOrAbsent)
      return isPacket && posts.every(isPost) ? (packet as FeedPacket) : undefined
    } catch {
      // A publisher may send anything there; only its subscribers need to understand it.
      return undefined
    }
  }
}

const isListOrAbsent = (value: unknown): boolean => value === undefined || Array.isArray(value)

const isPost = (post: unknown): boolean =>
  typeof post === 'object' && post !== null && typeof (post as Partial<Post>).id === 'string'
