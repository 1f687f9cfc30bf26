import { ROOM_TAIL_POSTS } from '../../protocol/limits.ts'
import type { Post, RoomMember, RoomPacket } from '../../protocol/packets.ts'
import { withReplyName } from '../replies.ts'
import { Presence } from './presence.ts'

/** Posts of one room that wait to be published. Of more the newest: nobody reads further up after an outage. */
export const ROOM_WAITING_MAX = 500
/** Of a packet's posts, in UTF-16 code units of JSON: with three bytes each, and the rest, less than an edge takes as one message. */
const POSTS_UNITS_MAX = 8_000
/** Stickers of one packet, the most tapped; what a swarm can tell apart. */
const TAPS_MAX = 16

/** One room's part of a window: what its members did and nobody was told yet, and who is there. */
export class RoomWindow {
  readonly presence = new Presence()
  #posts: Post[] = []
  #taps = new Map<string, number>()
  /** Those that were published last, for whoever was away. */
  #tail: Post[] = []
  #againAfter: number | undefined
  #presenceIsNews = false
  #newestAt = 0

  addPost(post: Post): void {
    this.#posts.push(post)
    if (this.#posts.length > ROOM_WAITING_MAX) this.#posts.shift()
  }

  addTaps(sticker: string, count: number): void {
    this.#taps.set(sticker, (this.#taps.get(sticker) ?? 0) + count)
  }

  /** The next packet has the posts again that were made after a time, the newest `ROOM_TAIL_POSTS`. */
  tellAgain(after: number): void {
    this.#againAfter = Math.min(after, this.#againAfter ?? after)
  }

  /** Somebody's posts are not told again, nor those that wait. */
  forgetPostsOf(viewer: string): void {
    const ofOthers = (post: Post) => post.viewer !== viewer
    this.#posts = this.#posts.filter(ofOthers)
    this.#tail = this.#tail.filter(ofOthers)
  }

  /** The next packet says who is there. */
  tellPresence(): void {
    this.#presenceIsNews = true
  }

  /** Whether nothing is known of the room that could not be forgotten. */
  get isIdle(): boolean {
    return this.presence.size === 0 && this.#posts.length === 0 && this.#taps.size === 0
  }

  /**
   * The packets of what there is to say, in their order; usually one, none where nothing happened.
   * @param room Members and owner; undefined where the room is not known here (yet): then nothing is said of who is there.
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

  /** What the room's members are told where they listened so far: nothing more comes there. */
  movedPacket(now: number): RoomPacket {
    return { at: this.#stamp(now), posts: [], moved: true }
  }

  #takePosts(): Post[] {
    const after = this.#againAfter
    const again = after === undefined ? [] : this.#tail.filter(({ at }) => at > after)
    const known = [...this.#tail, ...this.#posts]
    const nameOf = (id: string) => known.find((post) => post.id === id)?.name
    const posts = [...again, ...this.#posts].map((post) => withReplyName(post, nameOf))
    this.#tail = known.slice(-ROOM_TAIL_POSTS)
    this.#posts = []
    this.#againAfter = undefined
    return posts
  }

  #present(members: ReadonlyMap<string, string>): RoomMember[] {
    return Array.from(members, ([viewer, name]) => ({ viewer, name })).filter(({ viewer }) =>
      this.presence.has(viewer),
    )
  }

  /** Grows with each packet, however often and whatever the clock. */
  #stamp(now: number): number {
    this.#newestAt = Math.max(now, this.#newestAt + 1)
    return this.#newestAt
  }
}

/** Posts in as many parts as messages need. A single one always fits. */
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
