import { MOOD_BYTES_MAX, MOOD_TOP_MAX } from './limits.ts'
import type { PollSummary } from './show.ts'
import type { Viewers } from './viewers.ts'

/** One of a window's most popular stickers: its id, its count in the window, how many to draw. */
export type TopEntry = [sticker: string, count: number, draw: number]

/** One of the segments that are shown against each other: its reactions of the window, and so far. */
export type SideEntry = [segment: string, n: number, total: number]

/** What one window says. `roar/{show}/mood` and `roar/{show}/mood/{segment}`. */
export interface MoodPacket {
  /** Start of the window. Only grows: a client drops what is not newer. */
  at: number
  /** Length of the window in milliseconds. */
  ms: number
  /** Reactions counted in the window. */
  n: number
  /** Reactions of the show, or of the segment, so far. */
  total: number
  /** Largest count first, ties by id. */
  top: TopEntry[]
  /** Of a show with sides, and not of a segment. */
  sides?: SideEntry[]
  /** Present where the counts are estimates: the smallest share that clients were asked to send. */
  sample?: number
}

/** A sticker, a text, or both, sent under a name. */
export interface Post {
  id: string
  /** A keyed hash of the viewer: the same for all posts of one viewer, and nobody learns the token's `sub` from it. */
  viewer: string
  name: string
  sticker?: string
  /** At most `POST_TEXT_MAX` characters as people count them, cleaned. Whoever draws it still escapes it. */
  text?: string
  /** The post that it answers, by its id. It need not be there any more. */
  replyTo?: string
  /** Who wrote that post, as the server knows it: absent where the post was removed, or is not among the newest of this feed or room. */
  replyName?: string
  at: number
}

/** Posts of the time since the last feed packet. `n` is how many there were before sampling. `roar/{show}/feed`. */
export interface FeedPacket {
  at: number
  ms: number
  n: number
  posts: Post[]
  /** Ids of posts that a moderator took away since: they leave every screen. */
  removed?: string[]
  /** Ids of posts whose removal was taken back since, or that were held: where they are still kept they are shown again. */
  released?: string[]
  /** All posts of before are wiped: they leave every screen. */
  cleared?: true
}

/** What happened in a room since its last packet; every post. `roar/{show}/rooms/{channel}`. */
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
  /** The room has another channel from now on, which its members are told when they ask for the room. */
  moved?: true
}

/** Somebody in a room. */
export interface RoomMember {
  /** As the viewer's posts name it: a keyed hash. */
  viewer: string
  name: string
}

/** A room as its members see it. */
export interface RoomDocument {
  room: string
  /** What others join by. Another one once somebody was removed. */
  invite: string
  /** Where its packets come: `roar/{show}/rooms/{channel}`. The room's id at first; another one once somebody was removed. */
  channel: string
  /** Who may remove others: who made it, and after that who is in it longest. */
  owner: string
  /** Who asks. */
  you: string
  /** In the order in which they came. */
  members: RoomMember[]
}

/** `POST /v1/shows/{show}/rooms/{room}/presence` */
export interface PresenceRequest {
  /** What this member tapped since the last request, as in a burst: it is drawn in the room and counted nowhere. */
  stickers?: Record<string, number>
  /** Whether the room is to be told who is there, also where that did not change. */
  asks?: boolean
  /** Posts after this time are published again, the newest `ROOM_TAIL_POSTS` at most: for members who were away or have just joined. */
  after?: number
}

export interface PresenceAnswer {
  /** How long until the next request at the latest, in milliseconds. */
  everyMs: number
}

/** A poll's state and, where they may be seen live, its counts. `roar/{show}/polls/{poll}`. */
export interface PollPacket {
  poll: string
  state: PollSummary['state']
  /** When it closes, milliseconds since 1970; absent where a producer closes it by hand. */
  closes?: number
  /** Viewers who have voted. */
  ballots: number
  /** Absent while the poll hides them. */
  counts?: Record<string, number>
  /** The newest head of the tree of all ballots, signed: a C2SP checkpoint. Absent of a poll that has none. */
  head?: string
  /** Of the certificate, once it is sealed: what two audiences compare by eye. */
  code?: string
  /** Of a rehearsal that was wiped: the run that it is of. Where the show's packet says a later one, the poll is there no more. */
  run?: number
  /** Only grows. */
  version: number
}

/** Who watches now, about: connections to edges. Each few seconds, where it changed. `roar/{show}/viewers`. */
export interface ViewersPacket extends Viewers {
  at: number
}

/** `roar/{show}/show`: the document's version. Whoever holds an older one fetches it again. */
export interface ShowPacket {
  version: number
  /** Of a rehearsal that was wiped: the run that has begun. Absent: the first. */
  run?: number
}

/** `POST /v1/shows/{show}/reactions`. */
export interface BurstRequest {
  stickers: Record<string, number>
  segment?: string
  /** Which share of its bursts the client sends; counted 1/sample times. Default 1. */
  sample?: number
  /** How far the viewer's picture is behind the server's clock, in milliseconds; 0 to `DELAY_MS_MAX`, into which another number is brought. Default: it is not known. */
  delayMs?: number
}

/** The answer to a burst: how often to flush and which share of bursts to send from now on. */
export interface BurstAnswer {
  flushMs: number
  sample: number
}

/** `POST /v1/shows/{show}/posts`: a sticker, a text where the show allows it, or both. */
export interface PostRequest {
  sticker?: string
  text?: string
  /** The post that it answers, by its id. */
  replyTo?: string
  room?: string
}

export interface PostAnswer {
  /** `viewer` as the feed will show it. */
  post: { id: string; at: number; viewer: string }
  /** The post is not in the feed: a moderator sees it first. */
  held?: true
}

/** `POST /v1/viewers`. */
export interface GuestAnswer {
  viewer: string
  /** The name as it will be shown: what was asked for, cleaned, or one made up. */
  name: string
  token: string
  expires: number
}

/** JSON of at most `MOOD_BYTES_MAX` bytes: entries that do not fit are cut from the end of `top`, never from the counts. */
export function encodeMood(packet: MoodPacket): string {
  const top = packet.top.slice(0, MOOD_TOP_MAX)
  for (;;) {
    const json = JSON.stringify({ ...packet, top })
    // Ids are ASCII, so a character is a byte.
    if (json.length <= MOOD_BYTES_MAX || top.length === 0) return json
    top.pop()
  }
}
