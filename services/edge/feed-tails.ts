import { RecentMap } from '../../engine/recent-map.ts'
import { type FeedTail, followFeed, NO_POSTS, removedOf, shownOf } from '../../protocol/feed-tail.ts'
import type { EarlierPosts, FeedPacket, Post } from '../../protocol/packets.ts'

/** How many posts of a feed a new viewer sees. */
export const TAIL_POSTS = 50
/** Shows whose posts are kept; beyond it those whose feed has been silent longest are forgotten. */
const SHOWS_MAX = 2_000

interface Kept {
  tail: FeedTail
  /** The end of the newest packet's window. */
  at: number
}
const NOTHING: Kept = { tail: NO_POSTS, at: 0 }

/** The newest posts of each show's feed, as they passed through this edge. */
export class FeedTails {
  readonly #kept = new RecentMap<string, Kept>(SHOWS_MAX)
  readonly #text = new TextDecoder()

  /** Takes a show's feed packet. An invalid one is still passed on to viewers, and changes nothing here. */
  take(show: string, payload: Uint8Array): void {
    const packet = this.#parse(payload)
    if (packet === undefined) return
    const { tail, at } = this.#of(show)
    this.#kept.set(show, {
      tail: followFeed(tail, packet, TAIL_POSTS),
      at: Math.max(at, packet.at + packet.ms),
    })
  }

  /** Drops all earlier posts (a wipe). */
  clear(show: string): void {
    const kept = this.#kept.get(show)
    if (kept !== undefined)
      this.#kept.set(show, { ...kept, tail: followFeed(kept.tail, { cleared: true }, TAIL_POSTS) })
  }

  /** What somebody sees who comes now. */
  earlier(show: string): EarlierPosts {
    const { tail, at } = this.#of(show)
    return { at, posts: shownOf(tail), removed: removedOf(tail) }
  }

  #of(show: string): Kept {
    return this.#kept.get(show) ?? NOTHING
  }

  #parse(payload: Uint8Array): FeedPacket | undefined {
    try {
      const packet = JSON.parse(this.#text.decode(payload)) as Partial<FeedPacket> | null
      const { posts, removed, released, at = 0, ms = 0 } = packet ?? {}
      const isPacket =
        Array.isArray(posts) && [removed, released].every(areIdsOrAbsent) && [at, ms].every(Number.isFinite)
      return isPacket && posts.every(isPost) ? ({ ...packet, at, ms } as FeedPacket) : undefined
    } catch {
      // A publisher may send anything there; only its subscribers need to understand it.
      return undefined
    }
  }
}

const areIdsOrAbsent = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((id) => typeof id === 'string'))

const isPost = (post: unknown): boolean =>
  typeof post === 'object' && post !== null && typeof (post as Partial<Post>).id === 'string'
