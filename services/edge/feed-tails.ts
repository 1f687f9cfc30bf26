import { RecentMap } from '../../engine/recent-map.ts'
import { RELEASED_POSTS_MAX } from '../../protocol/limits.ts'
import type { FeedPacket, Post } from '../../protocol/packets.ts'

/** What somebody sees of a feed who comes now. */
export const TAIL_POSTS = 50
/** Shows whose posts are kept; beyond it those whose feed was silent longest are forgotten. */
const SHOWS_MAX = 2_000

interface Kept {
  post: Post
  isRemoved: boolean
}

/** The newest posts of each show's feed, as they passed through this edge. */
export class FeedTails {
  readonly #tails = new RecentMap<string, readonly Kept[]>(SHOWS_MAX)
  readonly #text = new TextDecoder()

  /** Takes a feed packet of a show. What is none is passed on to viewers all the same, and changes nothing here. */
  take(show: string, payload: Uint8Array): void {
    const packet = this.#parse(payload)
    if (packet === undefined) return
    const { posts, removed = [], released = [], cleared = false } = packet
    const known = (cleared ? undefined : this.#tails.get(show)) ?? []
    const ids = new Set(known.map(({ post }) => post.id))
    // After a change of the path a packet may come twice.
    const fresh = posts.filter(({ id }) => !ids.has(id)).map((post) => ({ post, isRemoved: false }))
    const gone = new Set(removed)
    const back = new Set(released)
    const all = [...known, ...fresh].map(({ post, isRemoved }) => ({
      post,
      isRemoved: gone.has(post.id) || (isRemoved && !back.has(post.id)),
    }))
    this.#tails.set(show, newestOf(all))
  }

  /** Oldest first; those that were removed since are not there. */
  newest(show: string): Post[] {
    return (this.#tails.get(show) ?? []).flatMap(({ post, isRemoved }) => (isRemoved ? [] : [post]))
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

/** So many that are shown, and of those that were removed as many as may be released: they keep their places. */
function newestOf(all: readonly Kept[]): readonly Kept[] {
  let [shown, removed] = [0, 0]
  return all
    .toReversed()
    .filter(({ isRemoved }) => (isRemoved ? ++removed <= RELEASED_POSTS_MAX : ++shown <= TAIL_POSTS))
    .reverse()
}

const isListOrAbsent = (value: unknown): boolean => value === undefined || Array.isArray(value)

const isPost = (post: unknown): boolean =>
  typeof post === 'object' && post !== null && typeof (post as Partial<Post>).id === 'string'
