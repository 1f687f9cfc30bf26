import { FEED_NAMES_MAX, FEED_POSTS_PER_SECOND_MAX, RELEASED_POSTS_MAX } from '../protocol/limits.ts'
import type { FeedPacket, Post } from '../protocol/packets.ts'
import type { Show } from '../protocol/show.ts'
import { RecentMap } from './recent-map.ts'
import { withReplyName } from './replies.ts'
import { Reservoir } from './reservoir.ts'

/** What moderators decided about a show's posts, as the show's document lists it: the newest decisions only. */
export type Moderation = Pick<Show, 'removedPosts' | 'releasedPosts'>

/**
 * One show's feed: at most `FEED_POSTS_PER_SECOND_MAX` posts in any second. A post is published with the next window; once that
 * limit is reached, the feed waits and then publishes a fair sample of everything posted meanwhile.
 */
export class Feed {
  readonly #posts: Reservoir<Post>
  /**
   * Posts removed before they were published, newest last, since they may still be released. As many as a show lists as released.
   */
  #withheld: Post[] = []
  /** Authors of published posts, by post id. Beyond `FEED_NAMES_MAX` the oldest are dropped: a reply to one names nobody. */
  readonly #names = new RecentMap<string, { name: string; isRemoved: boolean }>(FEED_NAMES_MAX)
  /** When the posts of the last second were published, oldest first. */
  #passedMs: number[] = []
  #sinceMs = 0
  #moderation: Moderation = {}
  /** The decisions as of the last packet. */
  #said = this.#moderation
  #isCleared = false

  constructor({ random }: { random: () => number }) {
    this.#posts = new Reservoir({ capacity: FEED_POSTS_PER_SECOND_MAX, random })
  }

  add(post: Post, now: number): void {
    if (this.#posts.seen === 0) this.#sinceMs = now
    this.#posts.offer(post)
  }

  /** Takes the current decisions: new ones go into the next packet, even if the second's limit is reached. */
  moderate(moderation: Moderation): void {
    this.#moderation = moderation
  }

  /** Forgets everything posted before (a wipe); the next packet says so. */
  clear(): void {
    this.#isCleared = true
  }

  /**
   * The feed packet of the window that ends at `endMs`; undefined when nobody posted or the second is used up.
   * @param ms Length of the window: a packet spans at least that much.
   */
  takePacket(endMs: number, ms: number): FeedPacket | undefined {
    const [said, now, cleared] = [this.#said, this.#moderation, this.#isCleared]
    const removed = said === now ? [] : beyond(said.removedPosts, now.removedPosts)
    const released = said === now ? [] : beyond(said.releasedPosts, now.releasedPosts)
    // First, so that a post of this packet does not name the author of one that is removed with it.
    for (const id of released) this.#markRemoved(id, false)
    for (const id of removed) this.#markRemoved(id, true)
    const packet = this.#takePosts(endMs, ms)
    if (said === now && !cleared) return packet
    this.#said = now
    this.#isCleared = false
    if (removed.length + released.length === 0 && !cleared) return packet
    return {
      ...(packet ?? { at: endMs - ms, ms, n: 0, posts: [] }),
      ...(removed.length > 0 && { removed }),
      ...(released.length > 0 && { released }),
      ...(cleared && { cleared }),
    }
  }

  #takePosts(endMs: number, ms: number): FeedPacket | undefined {
    this.#readmit(endMs)
    if (this.#posts.seen === 0) return undefined
    this.#passedMs = this.#passedMs.filter(
      // A time in the future is from before the clock was set back.
      (passedMs) => passedMs > endMs - 1000 && passedMs <= endMs,
    )
    if (
      this.#passedMs.length + Math.min(this.#posts.seen, FEED_POSTS_PER_SECOND_MAX) >
      FEED_POSTS_PER_SECOND_MAX
    )
      return undefined
    const n = this.#posts.seen
    const [posts, removed] = this.#sorted(this.#posts.take())
    this.#withheld = [...this.#withheld, ...removed].slice(-RELEASED_POSTS_MAX)
    for (const { id, name } of posts) {
      this.#passedMs.push(endMs)
      this.#names.set(id, { name, isRemoved: false })
    }
    const at = Math.min(endMs - ms, this.#sinceMs)
    return { at, ms: endMs - at, n, posts: posts.map((post) => withReplyName(post, this.#nameOf)) }
  }

  readonly #nameOf = (id: string): string | undefined => {
    const known = this.#names.get(id)
    return known?.isRemoved ? undefined : known?.name
  }

  #markRemoved(id: string, isRemoved: boolean): void {
    const known = this.#names.get(id)
    if (known !== undefined) known.isRemoved = isRemoved
  }

  /** Sorts posts by time, and separates those that a moderator has already removed. */
  #sorted(posts: readonly Post[]): [shown: Post[], removed: Post[]] {
    const isRemoved = ({ id }: Post): boolean => this.#moderation.removedPosts?.includes(id) ?? false
    return [posts.filter((post) => !isRemoved(post)).sort((a, b) => a.at - b.at), posts.filter(isRemoved)]
  }

  /** Publishes a post that a moderator has released as if it were new: nobody has seen it yet. */
  #readmit(now: number): void {
    const { releasedPosts = [] } = this.#moderation
    const released = this.#withheld.filter(({ id }) => releasedPosts.includes(id))
    if (released.length === 0) return
    this.#withheld = this.#withheld.filter((post) => !released.includes(post))
    for (const post of released) this.add(post, now)
  }
}

const beyond = (known: readonly string[] = [], ids: readonly string[] = []): string[] =>
  ids.filter((id) => !known.includes(id))
