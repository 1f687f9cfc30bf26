import type { PollState } from './polls.ts'

/** One thing a viewer can send. It has an `emoji`, or an `image`: a picture's address, relative to the server. */
export interface Sticker {
  sticker: string
  /** What a screen reader says, and the button's tooltip. */
  title: string
  emoji?: string
  image?: string
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

/** What the producers decide about a show. */
export interface Show {
  show: string
  title: string
  /** CSS colour, `#rrggbb`: the show's accent on the page. */
  accent?: string
  stickers: Sticker[]
  segments: Segment[]
  /** Grows with every change. */
  version: number
}

/** `GET /v1/shows/{show}`: what a viewer needs to take part. */
export interface ShowDocument extends Show {
  polls: PollSummary[]
  /** The rhythm of mood packets, in milliseconds. */
  windowMs: number
  /** How often a client sends its taps, in milliseconds; each answer to a burst may change it. */
  flushMs: number
  /** Where to connect, as MQTT addresses: `ws://…/mqtt`, `wss://…/mqtt`, `mqtt://…`. */
  pubsub: string[]
}
