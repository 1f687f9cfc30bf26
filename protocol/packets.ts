import { MOOD_BYTES_MAX, MOOD_TOP_MAX } from './limits.ts'
import type { PollSummary } from './show.ts'
import type { Viewers } from './viewers.ts'

/** One of a window's most popular stickers: its id, its count, how many to draw. */
export type TopEntry = [sticker: string, count: number, draw: number]

/** One of the compared segments: its reactions in the window, and its total. */
export type SideEntry = [segment: string, n: number, total: number]

/** One window's mood. `roar/{show}/mood` and `roar/{show}/mood/{segment}`. */
export interface MoodPacket {
  /** Start of the window. Only grows: a client drops what is not newer. */
  at: number
  /** Length of the window in milliseconds. */
  ms: number
  /** Reactions counted in this packet. */
  n: number
  /** Reactions of the show, or of the segment, so far. */
  total: number
  /** Largest count first, ties by id. */
  top: TopEntry[]
  /** Only in the packet of a show with sides, never in a segment's. */
  sides?: SideEntry[]
  /** Present where the counts are estimates: the smallest share that clients were asked to send. */
  sample?: number
}

/** A sticker, a text, or both, sent under a name. */
export interface Post {
  id: string
  /** A keyed hash of the viewer: the same for all posts of one viewer, without revealing the token's `sub`. */
  viewer: string
  name: string
  sticker?: string
  /** At most `POST_TEXT_MAX` graphemes, cleaned. It must still be escaped when drawn. */
  text?: string
  /** The id of the post that it replies to, which may no longer exist. */
  replyTo?: string
  /** The author of that post: absent if the post was removed, or is not among the newest of this feed or room. */
  replyName?: string
  at: number
}

/** Posts since the last feed packet. `n` is how many there were before sampling. `roar/{show}/feed`. */
export interface FeedPacket {
  at: number
  ms: number
  n: number
  posts: Post[]
  /** Ids of posts that a moderator has removed since: every screen drops them. */
  removed?: string[]
  /** Ids of posts whose removal was reversed since, or that had been held: clients that still have them show them again. */
  released?: string[]
  /** All earlier posts are wiped: every screen drops them. */
  cleared?: true
}

/** The feed before its next packet, as one edge knows it. `GET /v1/shows/{show}/feed`. */
export interface EarlierPosts {
  /** The end of the newest packet's window: what a packet that ends later says of a post is newer. 0 before the first. */
  at: number
  /** The newest 50, oldest first. */
  posts: Post[]
  /** Ids of the newest that were removed or wiped, for those who had no connection then. */
  removed: string[]
}

/** What happened in a room since its last packet, with every post. `roar/{show}/rooms/{channel}`. */
export interface RoomPacket {
  /** Only grows: a client drops what is not newer. */
  at: number
  posts: Post[]
  /** Taps of all members together, by sticker. */
  taps?: [sticker: string, count: number][]
  /** Who is present, when it changed or was requested. */
  present?: RoomMember[]
  /** With `present`: who may remove others. */
  owner?: string
  /** The room has a new channel from now on; its members get it by requesting the room. */
  moved?: true
}

/** A member of a room. */
export interface RoomMember {
  /** The viewer's keyed hash, as in posts. */
  viewer: string
  name: string
}

/** A room as its members see it. */
export interface RoomDocument {
  room: string
  /** Needed to join; replaced when somebody is removed. */
  invite: string
  /** The channel of its packets: `roar/{show}/rooms/{channel}`. At first the room's id; replaced when somebody is removed. */
  channel: string
  /** Who may remove others: the creator, or after that the member who joined first. */
  owner: string
  /** The requesting viewer. */
  you: string
  /** In the order of joining. */
  members: RoomMember[]
}

/** `POST /v1/shows/{show}/rooms/{room}/presence` */
export interface PresenceRequest {
  /** This member's taps since the last request, as in a burst: drawn in the room, counted nowhere. */
  stickers?: Record<string, number>
  /** Whether the room's next packet should list who is present, even if that did not change. */
  asks?: boolean
  /**
   * Posts after this time are published again, at most the newest `ROOM_TAIL_POSTS`: for members who missed them or have just
   * joined.
   */
  after?: number
}

export interface PresenceAnswer {
  /** The longest time until the next request, in milliseconds. */
  everyMs: number
}

/** A poll's state and, if visible live, its counts. `roar/{show}/polls/{poll}`. */
export interface PollPacket {
  poll: string
  state: PollSummary['state']
  /** When it closes, milliseconds since 1970; absent where a producer closes it by hand. */
  closes?: number
  /** Viewers who have voted. */
  ballots: number
  /** Absent while the poll hides them. */
  counts?: Record<string, number>
  /** The newest signed head of the tree of all ballots: a C2SP checkpoint. Absent if the poll has none. */
  head?: string
  /** The certificate's code, once sealed: two audiences compare it by eye. */
  code?: string
  /** The run, of a wiped rehearsal. If the show's packet names a later one, the poll no longer exists. */
  run?: number
  /** Only grows. */
  version: number
}

/** Roughly how many viewers watch now: connections to edges. Every few seconds, if it changed; with each of the show's segments. `roar/{show}/viewers`. */
export interface ViewersPacket extends Viewers {
  at: number
}

/** `roar/{show}/show`: the document's version. A client with an older one fetches it again. */
export interface ShowPacket {
  version: number
  /** The current run, of a wiped rehearsal. Absent: the first. */
  run?: number
}

/** `POST /v1/shows/{show}/reactions`. */
export interface BurstRequest {
  stickers: Record<string, number>
  segment?: string
  /** Which share of its bursts the client sends; counted 1/sample times. Default 1. */
  sample?: number
  /**
   * How far the viewer's picture is behind the server's clock, in milliseconds, clamped to 0 to `DELAY_MS_MAX`. Default, and null, as
   * which JSON writes NaN: unknown.
   */
  delayMs?: number | null
}

/** The answer to a burst: how often to flush and which share of bursts to send from now on. */
export interface BurstAnswer {
  flushMs: number
  sample: number
}

/** `POST /v1/shows/{show}/posts`: a sticker, a text if the show allows it, or both. */
export interface PostRequest {
  sticker?: string
  text?: string
  /** The id of the post that it replies to. */
  replyTo?: string
  room?: string
}

export interface PostAnswer {
  /** `viewer` as the feed will show it. */
  post: { id: string; at: number; viewer: string }
  /** Whether the post waits for a moderator instead of being in the feed. */
  held?: true
}

/** `POST /v1/viewers`. */
export interface GuestAnswer {
  viewer: string
  /** The name as shown: the requested one, cleaned, or a generated one. */
  name: string
  token: string
  expires: number
}

/** JSON of at most `MOOD_BYTES_MAX` bytes: entries that do not fit are cut from the end of `top`, never from the counts. */
export function encodeMood(packet: MoodPacket): string {
  const top = packet.top.slice(0, MOOD_TOP_MAX)
  for (;;) {
    const json = JSON.stringify({ ...packet, top })
    // Ids are ASCII, so characters are bytes.
    if (json.length <= MOOD_BYTES_MAX || top.length === 0) return json
    top.pop()
  }
}
