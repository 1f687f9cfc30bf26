import type { Choice, PollKind } from './polls.ts'

/**
 * What viewers did in a show, second by second, as `roar export` writes it and `roar replay` plays it: NDJSON, one of these a
 * line, the first one a `RecordingHead`. Times are milliseconds since the start. It holds counts and no names.
 */
export type RecordingLine = RecordingHead | TapsLine | PostLine | PollLine | VotesLine

export interface RecordingHead {
  line: 'recording'
  version: typeof RECORDING_VERSION
  title: string
}
export const RECORDING_VERSION = 1

/** Taps of one sticker in one step. */
export interface TapsLine {
  line: 'taps'
  at: number
  /** Length of the step. */
  ms: number
  /** Empty: viewers of no segment. */
  segment: string
  sticker: string
  count: number
}

/** Only in scripts: a recording never contains what somebody wrote. */
export interface PostLine {
  line: 'post'
  at: number
  sticker?: string
  text?: string
}

/** A poll and when it was open. */
export interface PollLine {
  line: 'poll'
  at: number
  closes: number
  poll: string
  question: string
  choices: Choice[]
  kind: PollKind
  max: number
}

/** How many chose this in the poll's result; in a poll for points, how many points it got. Played while the poll is open. */
export interface VotesLine {
  line: 'votes'
  poll: string
  segment: string
  choice: string
  count: number
}

/** Two million lines are a night of 24 hours with eight stickers and three segments. */
export const RECORDING_LINES_MAX = 2_000_000
/** Taps, or voters, of one line: more than the largest crowd has in a second. */
export const RECORDED_COUNT_MAX = 5_000_000
/** The longest recording that is played. */
export const RECORDING_MS_MAX = 86_400_000
