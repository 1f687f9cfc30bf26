import { MATCH_MS, matchClock } from '../../engine/match.ts'
import type { Random } from '../random.ts'
import { type PlannedBurst, pick } from '../schedule.ts'
import type { Shape } from '../shapes/shape.ts'

/** Taps a second of one viewer when the stands are at their loudest. */
const TAPS_PER_VIEWER_S = 2.5
/** Taps of a burst: so often a finger comes down before the page sends. */
const BURST = 4

export interface Moment {
  /** The server's time: the same ball as on everybody's stage. */
  serverMs: number
  /** How much of it. */
  sliceMs: number
  viewers: number
  /** The match, with the show's stickers and sides. */
  shape: Shape
}

/** What the crowd sends in a slice of time: as many bursts as a Poisson process as loud as the stage has. */
export function answerOf({ serverMs, sliceMs, viewers, shape }: Moment, random: Random): PlannedBurst[] {
  const place = matchClock(serverMs) / MATCH_MS
  const taps = (shape.intensityAt(place) * viewers * TAPS_PER_VIEWER_S * sliceMs) / 1000
  return Array.from({ length: poisson(taps / BURST, random) }, () => ({
    dueMs: serverMs,
    taps: BURST,
    stickers: { [pick(shape.stickersAt(place), random())]: BURST },
    segment: pick(shape.segmentsAt(place), random()),
  }))
}

/** A number of independent happenings when `expected` of them are to be expected; after Knuth, so for small numbers. */
export function poisson(expected: number, random: Random): number {
  const limit = Math.exp(-expected)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
