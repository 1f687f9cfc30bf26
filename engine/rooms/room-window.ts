import { ROOM_TAIL_POSTS } from '../../protocol/limits.ts'
import type { Post, RoomMember, RoomPacket } from '../../protocol/packets.ts'
import { withReplyName } from '../replies.ts'
import { Presence } from './presence.ts'

/** Posts of one room that wait to be published. Beyond it the oldest are dropped: nobody scrolls back further after an outage. */
export const ROOM_WAITING_MAX = 500
/** Posts of one packet, in UTF-16 code units of JSON: at three bytes each, with the rest, still below an edge's message limit. */
const POSTS_UNITS_MAX = 8_000
/** Stickers of one packet, the most tapped: as many as a swarm can show distinctly. */
const TAPS_MAX = 16

/** One room's part of a window: what its members did since the last packet, and who is present. */
export class RoomWindow {
  readonly presence = new Presence()
  #posts: Post[] = []
  #taps = new Map<string, number>()
  /** The posts published last, for members who missed them. */
  #tail: Post[] = []
  #againAfter = Number.POSITIVE_INFINITY
  #presenceIsNews = false
  #newestAt = 0

  addPost(post: Post): void {
    this.#posts.push(post)
    if (this.#posts.length > ROOM_WAITING_MAX) this.#posts.shift()
  }

  addTaps(sticker: string, count: number): void {
    this.#taps.set(sticker, (this.#taps.get(sticker) ?? 0) + count)
  }

  /** Includes in the next packet posts made after a time, at most the newest `ROOM_TAIL_POSTS`. */
  tellAgain(after: number): void {
    this.#againAfter = Math.min(after, this.#againAfter)
  }

  /** Drops a viewer's posts, those that wait and those that could be repeated. */
  forgetPostsOf(viewer: string): void {
    const ofOthers = (post: Post) => post.viewer !== viewer
    this.#posts = this.#posts.filter(ofOthers)
    this.#tail = this.#tail.filter(ofOthers)
  }

  /** Includes in the next packet who is present. */
  tellPresence(): void {
    this.#presenceIsNews = true
  }

  /** Whether there is nothing worth keeping. */
  get isIdle(): boolean {
    return this.presence.size === 0 && this.#posts.length === 0 && this.#taps.size === 0
  }

  /**
   * The packets to publish, in order; usually one, none if nothing happened.
   * @param room Members and owner; undefined while the room is unknown here: then the packets do not say who is present.
   */
  takePackets(
    now: number,
    room: { members: ReadonlyMap<string, string>; owner: string } | undefined,
  ): RoomPacket[] {
    const tellsPresence = this.#presenceIsNews && room !== undefined
    const posts = this.#takePosts()
    if (posts.length === 0 && this.#taps.size === 0 && !tellsPresence) return []
    const taps = [...this.#taps].toSorted(([, a], [, b]) => b - a).slice(0, TAPS_MAX)
    const [first = [], ...rest] = inParts(posts)
    const head: RoomPacket = {
      at: this.#stamp(now),
      posts: first,
      ...(taps.length > 0 && { taps }),
      ...(tellsPresence && { present: this.#present(room.members), owner: room.owner }),
    }
    this.#taps = new Map()
    if (tellsPresence) this.#presenceIsNews = false
    return [head, ...rest.map((posts) => ({ at: this.#stamp(now), posts }))]
  }

  /** The last packet on the old channel: nothing more comes there. */
  movedPacket(now: number): RoomPacket {
    return { at: this.#stamp(now), posts: [], moved: true }
  }

  #takePosts(): Post[] {
    const again = this.#tail.filter(({ at }) => at > this.#againAfter)
    const known = [...this.#tail, ...this.#posts]
    const nameOf = (id: string) => known.find((post) => post.id === id)?.name
    const posts = [...again, ...this.#posts].map((post) => withReplyName(post, nameOf))
    this.#tail = known.slice(-ROOM_TAIL_POSTS)
    this.#posts = []
    this.#againAfter = Number.POSITIVE_INFINITY
    return posts
  }

  #present(members: ReadonlyMap<string, string>): RoomMember[] {
    return Array.from(members, ([viewer, name]) => ({ viewer, name })).filter(({ viewer }) =>
      this.presence.has(viewer),
    )
  }

  /** A time that grows with each packet, however frequent and whatever the clock does. */
  #stamp(now: number): number {
    this.#newestAt = Math.max(now, this.#newestAt + 1)
    return this.#newestAt
  }
}

/** Splits posts into as many messages as needed. A single post always fits. */
function inParts(posts: readonly Post[]): Post[][] {
  const parts: Post[][] = []
  let units = POSTS_UNITS_MAX
  for (const post of posts) {
    const length = JSON.stringify(post).length
    if (units + length > POSTS_UNITS_MAX) {
      parts.push([])
      units = 0
    }
    parts.at(-1)!.push(post)
    units += length
  }
  return parts
}
