import { DELAY_MS_MAX } from './limits.ts'

/**
 * How far behind pictures are, as it is counted: seconds, by place. Place 0 is everybody whose client says nothing. A place
 * is right within a second up to 12 s behind, and within a sixth of the delay after that, so that a slice, a cell and a
 * process hold few of them whatever clients say. Records have the place: an entry is never moved, only added at the end.
 */
export const DELAYS_S: readonly number[] = [0, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 90, 120]

/** The nearest place of each whole second: the way of a tap looks up, and does not search. */
const PLACES = Uint8Array.from({ length: DELAY_MS_MAX / 1000 + 1 }, (_, seconds) =>
  DELAYS_S.reduce(
    (best, delay, place) => (Math.abs(delay - seconds) < Math.abs(DELAYS_S[best]! - seconds) ? place : best),
    0,
  ),
)

/** The place of what a client says, brought into its bounds first. Allocates nothing. */
export const delayPlace = (delayMs: number): number =>
  PLACES[Math.round(Math.min(Math.max(delayMs, 0), DELAY_MS_MAX) / 1000)]!

/** When what arrived at `at` was on the screens of those who tapped; never before 1970. */
export const programmeTime = (at: number, place: number): number =>
  Math.max(0, at - (DELAYS_S[place] ?? 0) * 1000)
