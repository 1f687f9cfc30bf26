import { RELEASED_POSTS_MAX, REMOVED_POSTS_MAX } from './limits.ts'
import type { EarlierPosts, FeedPacket, Post } from './packets.ts'

interface Entry {
  readonly post: Post
  readonly isRemoved: boolean
}

/** A moderator's decision on a post. */
interface Decision {
  readonly id: string
  readonly isRemoved: boolean
  /** When it was known: the end of its packet's window. */
  readonly at: number
}

/** A feed as somebody follows it. */
export interface FeedTail {
  /** The newest posts, oldest first. Removed ones keep their places, since they may be released. */
  readonly entries: readonly Entry[]
  /** The newest decisions, also on posts that are not here. */
  readonly decisions: readonly Decision[]
}

/** A feed before anything is known of it. */
export const NO_POSTS: FeedTail = { entries: [], decisions: [] }

/**
 * The tail after a packet: the newest `max` posts that are shown, and as many removed ones as a show lists as released. A reply
 * to a removed post no longer names its author. A repeated packet changes nothing; one that is cleared drops everything earlier,
 * which counts as removed for those who missed it.
 */
export function followFeed(
  { entries, decisions }: FeedTail,
  { at = 0, ms = 0, posts = [], removed = [], released = [], cleared }: Partial<FeedPacket>,
  max: number,
): FeedTail {
  const before = cleared ? [] : entries
  const own = new Set(idsOf(posts))
  const wiped = cleared ? idsOf(shownOf({ entries })).filter((id) => !own.has(id)) : []
  const gone = new Set(removed)
  return {
    entries: newest([...before, ...unknown(before, posts)], { gone, back: new Set(released), max }),
    decisions: decided(decisions, at + ms, [...wiped, ...gone], released),
  }
}

/**
 * The tail with earlier posts in their places, for those who came later or had no connection. What a newer packet said of a post
 * stands.
 */
export function withEarlier(
  { entries, decisions }: FeedTail,
  { at, posts, removed }: EarlierPosts,
  max: number,
): FeedTail {
  const newer = decisions.filter((decision) => decision.at > at)
  const open = (id: string) => !newer.some((decision) => decision.id === id)
  const taken = removed.filter(open)
  const gone = new Set([...taken, ...idsOf(newer.filter(({ isRemoved }) => isRemoved))])
  const back = new Set(idsOf(posts).filter(open))
  const all = [...entries, ...unknown(entries, posts)].sort((a, b) => a.post.at - b.post.at)
  return { entries: newest(all, { gone, back, max }), decisions: decided(decisions, at, taken) }
}

/** The post; a reply to a removed post names no author. */
export function unnamedWhere(gone: { has(id: string): boolean }, post: Post): Post {
  if (!gone.has(post.replyTo ?? '')) return post
  const { replyName: _, ...unnamed } = post
  return unnamed
}

/** The posts that are shown. */
export const shownOf = ({ entries }: Pick<FeedTail, 'entries'>): Post[] =>
  entries.flatMap(({ post, isRemoved }) => (isRemoved ? [] : [post]))

/** Ids of the newest posts that were removed, as many as a show lists as released. */
export const removedOf = ({ decisions }: FeedTail): string[] =>
  idsOf(decisions.filter(({ isRemoved }) => isRemoved)).slice(-RELEASED_POSTS_MAX)

const idsOf = (of: readonly { id: string }[]): string[] => of.map(({ id }) => id)

function unknown(entries: readonly Entry[], posts: readonly Post[]): Entry[] {
  const ids = new Set(entries.map(({ post }) => post.id))
  return posts.filter(({ id }) => !ids.has(id)).map((post) => ({ post, isRemoved: false }))
}

interface Moderated {
  gone: ReadonlySet<string>
  back: ReadonlySet<string>
  max: number
}

function newest(entries: readonly Entry[], { gone, back, max }: Moderated): Entry[] {
  let [shown, aside] = [0, 0]
  return entries
    .map(({ post, isRemoved }) => ({
      post: unnamedWhere(gone, post),
      isRemoved: gone.has(post.id) || (isRemoved && !back.has(post.id)),
    }))
    .reverse()
    .filter(({ isRemoved }) => (isRemoved ? ++aside <= RELEASED_POSTS_MAX : ++shown <= max))
    .reverse()
}

function decided(
  before: readonly Decision[],
  at: number,
  removed: readonly string[],
  released: readonly string[] = [],
): readonly Decision[] {
  const said = new Map<string, boolean>()
  for (const id of released) said.set(id, false)
  for (const id of removed) said.set(id, true)
  const news = [...said].map(([id, isRemoved]) => ({ id, isRemoved, at }))
  return [...before.filter(({ id }) => !said.has(id)), ...news].slice(-REMOVED_POSTS_MAX)
}
