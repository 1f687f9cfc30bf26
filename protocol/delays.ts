import { DELAY_MS_MAX } from './limits.ts'

/**
 * How far behind pictures are, in steps: seconds, by place. Place 0 is every viewer whose client reports nothing. A place is
 * accurate to a second up to 12 s, and to a sixth of the delay beyond, so that a slice, a cell and a process hold few of them
 * whatever clients report. Records contain the place: an entry never moves, new ones are only appended.
 */
export const DELAYS_S: readonly number[] = [0, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 90, 120]

/** The nearest place of each whole second: the path of a tap looks it up instead of searching. */
const PLACES = Uint8Array.from({ length: DELAY_MS_MAX / 1000 + 1 }, (_, seconds) =>
  DELAYS_S.reduce(
    (best, delay, place) => (Math.abs(delay - seconds) < Math.abs(DELAYS_S[best]! - seconds) ? place : best),
    0,
  ),
)

/** The place of a client's value, clamped first. Allocates nothing. */
export const delayPlace = (delayMs: number): number =>
  PLACES[Math.round(Math.min(Math.max(delayMs, 0), DELAY_MS_MAX) / 1000)]!

/** When a reaction that arrived at `at` was on the screen of the viewer who tapped; never before 1970. */
export const programmeTime = (at: number, place: number): number =>
  Math.max(0, at - (DELAYS_S[place] ?? 0) * 1000)
