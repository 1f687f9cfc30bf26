import type { Cell } from './cell.ts'
import type { MoodPacket } from './packets.ts'

/** The length of one step of the mood history, in milliseconds. */
export const HISTORY_STEP_MS = 1000

/** Two ways to date history: by when reactions arrived, or by what the viewers who tapped were seeing. */
export const HISTORY_CLOCKS = ['arrival', 'programme'] as const
export type HistoryClock = (typeof HISTORY_CLOCKS)[number]

/** An absolute count of one sticker in one segment: of the whole show, or of one step of its history. */
export interface Count {
  segment: string
  sticker: string
  count: number
}

export interface HistoryCount extends Count {
  /** Start of the step, milliseconds since 1970, a multiple of `HISTORY_STEP_MS`. */
  at: number
}

/** A packet and whose it is; segment '' is the whole show. */
export interface SegmentMood {
  segment: string
  packet: MoodPacket
}

/** What counting a show needs to continue after a restart, or the changes to it. All counts are absolute. */
export interface CountsState {
  totals: Count[]
  history: HistoryCount[]
  /**
   * What programme time adds to each step of `history`: reactions of viewers behind move from the step in which they arrived to
   * the step that the viewers saw. So counts can be negative, and they sum up to 0.
   */
  shifts: HistoryCount[]
  /** Cells that can still be replaced: those whose window started at `cellsFrom` or later. */
  cells: Cell[]
  cellsFrom: number
  /** The newest packet of each topic: published again after a restart, in case the last one was never sent. */
  moods: SegmentMood[]
}
