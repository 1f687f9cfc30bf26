import { FEED_POSTS_PER_SECOND_MAX } from '../protocol/limits.ts'
import type { FeedPacket, Post } from '../protocol/packets.ts'
import { Reservoir } from './reservoir.ts'

/**
 * One show's feed: at most `FEED_POSTS_PER_SECOND_MAX` posts in any second. A post is passed on with the next window;
 * when the second is used up the feed waits, and then passes on a fair sample of all that was posted meanwhile.
 */
export class Feed {
  readonly #posts: Reservoir<Post>
  /** When the posts of the last second were passed on, oldest first. */
  #passedMs: number[] = []
  #sinceMs = 0
  #removed: ReadonlySet<string> = new Set()
  /** Removed and not passed on yet. */
  #unsaid: string[] = []

  constructor({ random }: { random: () => number }) {
    this.#posts = new Reservoir({ capacity: FEED_POSTS_PER_SECOND_MAX, random })
  }

  add(post: Post, now: number): void {
    if (this.#posts.seen === 0) this.#sinceMs = now
    this.#posts.offer(post)
  }

  /** Names all that is removed: what is new of it goes with the next packet, whatever the second holds. */
  remove(posts: readonly string[]): void {
    const removed = new Set(posts)
    const fresh = posts.filter((id) => !this.#removed.has(id))
    // On standby nobody takes packets: what was released until somebody does stays on the screens.
    this.#unsaid = [...this.#unsaid, ...fresh].filter((id) => removed.has(id))
    this.#removed = removed
  }

  /**
   * The feed packet of the window that ends at `endMs`; undefined when nobody posted or the second is used up.
   * @param ms Length of the window: a packet spans at least that much.
   */
  takePacket(endMs: number, ms: number): FeedPacket | undefined {
    const packet = this.#takePosts(endMs, ms)
    if (this.#unsaid.length === 0) return packet
    const removed = this.#unsaid
    this.#unsaid = []
    return { ...(packet ?? { at: endMs - ms, ms, n: 0, posts: [] }), removed }
  }

  #takePosts(endMs: number, ms: number): FeedPacket | undefined {
    const n = this.#posts.seen
    if (n === 0) return undefined
    this.#passedMs = this.#passedMs.filter(
      // One of the future is of a time before the clock was set back.
      (passedMs) => passedMs > endMs - 1000 && passedMs <= endMs,
    )
    if (this.#passedMs.length + Math.min(n, FEED_POSTS_PER_SECOND_MAX) > FEED_POSTS_PER_SECOND_MAX)
      return undefined
    const posts = this.#posts
      .take()
      .filter(({ id }) => !this.#removed.has(id))
      .sort((a, b) => a.at - b.at)
    for (const _ of posts) this.#passedMs.push(endMs)
    const at = Math.min(endMs - ms, this.#sinceMs)
    return { at, ms: endMs - at, n, posts }
  }
}
