import { SLOW_FEED_MS } from './limits.ts'
import type { PollState } from './polls.ts'

/** One thing a viewer can send. It has an `emoji`, or an `image`: a picture's address, relative to the server. */
export interface Sticker {
  sticker: string
  /** What a screen reader says, and the button's tooltip. */
  title: string
  emoji?: string
  image?: string
  /** A smaller, still picture for buttons, rows and the swarm. Absent: `image` is used. */
  thumb?: string
  /** Search words besides its title, in the show's language. */
  keywords?: string[]
  /** Its category in the sticker browser. */
  category?: string
  /** Ids of its variants, such as skin tones, at most `ALIASES_MAX`: a tap or a post of one counts as this sticker. */
  aliases?: string[]
}

/** Stickers that several shows share. */
export interface StickerPack {
  pack: string
  title: string
  stickers: Sticker[]
  /** Grows with every change. */
  version: number
}

/** A slice of the audience: a team, a region, a language. */
export interface Segment {
  segment: string
  title: string
  /** CSS colour of the segment in charts, `#rrggbb`. */
  colour?: string
}

/** A poll as the show document lists it. */
export interface PollSummary {
  poll: string
  question: string
  state: Exclude<PollState, 'draft'>
}

/** The stream that the stage plays. */
export interface Video {
  /** An HLS playlist or a file that browsers play, `https:` or relative to the server. */
  url: string
  /** The picture shown until it plays. */
  poster?: string
  /** Further origins of the stream's segments. A page may load them from nowhere else. */
  origins?: string[]
  /** Roughly how far the picture is behind the event, in milliseconds. */
  latencyMs?: number
}

/** What viewers of a show may do, and how its results are decided. */
export interface ShowRules {
  /** Whether guests may post and, if a poll allows it, vote. */
  guests: boolean
  posts: boolean
  /** Whether a post may have a text. */
  text: boolean
  rooms: boolean
  /** The least time between two posts of one viewer, in milliseconds. 0: only the general rate limit. */
  postEveryMs: number
  /** How many people of the studio must agree to a decision about a result, 1 or 2. Absent: 1. */
  approvals?: number
}

/** What producers switch during a show; every role follows within two seconds. */
export interface Switches {
  posts: 'on' | 'off'
  /** `slow`: each viewer posts at most once in `SLOW_FEED_MS`. */
  feed: 'on' | 'off' | 'slow'
  /** `held`: a text for the feed waits for a moderator. */
  text: 'on' | 'off' | 'held'
  /** `sampled`: clients send a share of their bursts, and counts are estimates. */
  reactions: 'on' | 'sampled'
  /** Stickers that are off: hidden, and taps of them are accepted and not counted. */
  stickers: Record<string, 'off'>
}

/** What producers decide about a show before it begins, and may change. */
export interface ShowSettings {
  title: string
  /** BCP 47. */
  language: string
  /** CSS colour, `#rrggbb`: the show's accent on the page. */
  accent?: string
  /** When it should begin and end, milliseconds since 1970; a producer's action takes precedence. */
  starts?: number
  ends?: number
  video?: Video
  segments: Segment[]
  /** Segments that are compared on screen, at most `SIDES_MAX`. */
  sides: string[]
  /** The packs that its stickers come from. */
  packs: string[]
  /** Stickers of the bar, in its order, at most `BAR_MAX`. */
  bar: string[]
  rules: ShowRules
}

/** A viewer who may not post. */
export interface Mute {
  /** The viewer's keyed hash, as in posts. */
  viewer: string
  /** Until when, milliseconds since 1970; absent: for the show. */
  until?: number
}

/** Words and phrases of one language that viewers may not freely post. An entry that ends with `*` is a prefix. */
export interface WordList {
  /** BCP 47. Only for those who maintain the list: every text is checked against all lists. */
  language: string
  /** A text for the feed that contains one of these waits for a moderator. */
  hold: string[]
  /** A text that contains one of these is refused. */
  refuse: string[]
}

/** What is pinned at the top of the feed: a viewer's post, unchanged, or a text of the show's own. */
export interface Pinned {
  /** The viewer's post and its author; absent: the text is the show's own. */
  id?: string
  viewer?: string
  name?: string
  sticker?: string
  text?: string
  /** When it was posted or, for a text of the show, pinned. */
  at: number
}

/** A show as every role knows it. Fields that older shows lack are optional: a role reads older documents, too. */
export interface Show extends Partial<ShowSettings> {
  show: string
  title: string
  segments: Segment[]
  stickers: Sticker[]
  /** When it was created. Absent: it predates starts and ends, and is always live. */
  created?: number
  /** What producers did by hand, and when. */
  started?: number
  ended?: number
  archived?: number
  switches?: Switches
  /** Removed stickers, newest last, at most `STICKERS_MAX`: a tap of one refuses no burst. */
  removed?: string[]
  /** Ids of posts that a moderator removed, newest last, at most `REMOVED_POSTS_MAX`. */
  removedPosts?: string[]
  /** Ids of posts whose removal was reversed, or that had been held, newest last, at most `RELEASED_POSTS_MAX`. */
  releasedPosts?: string[]
  /** At most `MUTED_MAX`. */
  muted?: Mute[]
  /** By language, at most `WORD_LISTS_MAX`, with `WORDS_MAX` entries together. */
  wordLists?: WordList[]
  pinned?: Pinned
  /** Whether it is a rehearsal, which can be wiped. Fixed at creation. */
  rehearsal?: true
  /** Which run of the rehearsal this is; absent: the first. A wipe begins the next. */
  run?: number
  /** Grows with every change. */
  version: number
}

export type ShowState = 'scheduled' | 'live' | 'ended'

/** A show's state at a time: producers' actions take precedence over the schedule. */
export function showStateOf(
  { created, starts, ends, started, ended }: Pick<Show, 'created' | 'starts' | 'ends' | 'started' | 'ended'>,
  now: number,
): ShowState {
  if (reached(ended, now) || (ended === undefined && reached(ends, now))) return 'ended'
  return created === undefined || reached(started, now) || reached(starts, now) ? 'live' : 'scheduled'
}

/** A stored document's state at `now`: its times may pass without a new document being sent. */
export function currentState({ state, starts, ends }: ShowDocument, now: number): ShowState {
  if (state === 'ended' || reached(ends, now)) return 'ended'
  return reached(starts, now) ? 'live' : state
}

/** The next time after `now` at which a stored document changes its state by itself. */
export const nextTurn = ({ starts = 0, ends = 0 }: ShowDocument, now: number): number | undefined =>
  [starts, ends].filter((time) => time > now).sort((a, b) => a - b)[0]

/** The least time between two posts of one viewer, in milliseconds. 0: none. */
export const postEveryMs = ({ rules, switches }: Pick<Show, 'rules' | 'switches'>): number =>
  Math.max(rules?.postEveryMs ?? 0, switches?.feed === 'slow' ? SLOW_FEED_MS : 0)

/** Whether decisions about this show's results take two people. */
export const takesTwo = ({ rules }: Pick<Show, 'rules'>): boolean => (rules?.approvals ?? 1) > 1

const reached = (time: number | undefined, now: number): boolean => time !== undefined && time <= now

/** `GET /v1/shows/{show}`: what a viewer needs to take part. */
export interface ShowDocument
  extends Omit<
    Show,
    | 'created'
    | 'started'
    | 'ended'
    | 'archived'
    | 'removed'
    | 'removedPosts'
    | 'releasedPosts'
    | 'muted'
    | 'wordLists'
    | 'run'
  > {
  state: ShowState
  polls: PollSummary[]
  /** The interval of mood packets, in milliseconds. */
  windowMs: number
  /** How often a client sends its taps, in milliseconds; each answer to a burst may change it. */
  flushMs: number
  /** Where to connect, as MQTT addresses: `ws://…/mqtt`, `wss://…/mqtt`, `mqtt://…`. */
  pubsub: string[]
  /** The relative number of viewers for each of them. Absent: equal. */
  weight?: number[]
  /** Spread the first connection randomly over this time, in milliseconds. Absent: 0. */
  jitterMs?: number
}
