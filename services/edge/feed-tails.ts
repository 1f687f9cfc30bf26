import { RecentMap } from '../../engine/recent-map.ts'
import { type FeedTail, followFeed, shownOf } from '../../protocol/feed-tail.ts'
import type { FeedPacket, Post } from '../../protocol/packets.ts'

/** What somebody sees of a feed who comes now. */
export const TAIL_POSTS = 50
/** Shows whose posts are kept; beyond it those whose feed was silent longest are forgotten. */
const SHOWS_MAX = 2_000

/** The newest posts of each show's feed, as they passed through this edge. */
export class FeedTails {
  readonly #tails = new RecentMap<string, FeedTail>(SHOWS_MAX)
  readonly #text = new TextDecoder()

  /** Takes a feed packet of a show. What is none is passed on to viewers all the same, and changes nothing here. */
  take(show: string, payload: Uint8Array): void {
    const packet = this.#parse(payload)
    if (packet !== undefined)
      this.#tails.set(show, followFeed(this.#tails.get(show) ?? [], packet, TAIL_POSTS))
  }

  /** Nothing of before is there any more. */
  clear(show: string): void {
    if (this.#tails.get(show) !== undefined) this.#tails.set(show, [])
  }

  /** Oldest first; those that were removed since are not there. */
  newest(show: string): Post[] {
    return shownOf(this.#tails.get(show) ?? [])
  }

  #parse(payload: Uint8Array): FeedPacket | undefined {
    try {
      const packet = JSON.parse(this.#text.decode(payload)) as Partial<FeedPacket> | null
      const { posts, removed, released } = packet ?? {}
      const isPacket = Array.isArray(posts) && [removed, released].every(isListOrAbsent)
      return isPacket && posts.every(isPost) ? (packet as FeedPacket) : undefined
    } catch {
      // A publisher may say anything there; nobody but its subscribers has to understand it.
      return undefined
    }
  }
}

const isListOrAbsent = (value: unknown): boolean => value === undefined || Array.isArray(value)

const isPost = (post: unknown): boolean =>
  typeof post === 'object' && post !== null && typeof (post as Partial<Post>).id === 'string'
