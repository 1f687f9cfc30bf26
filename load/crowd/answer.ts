import { MATCH_MS, matchClock } from '../../engine/match.ts'
import type { Random } from '../random.ts'
import { type PlannedBurst, pick } from '../schedule.ts'
import type { Shape } from '../shapes/shape.ts'

/** Taps per second of one viewer at the loudest moment. */
const TAPS_PER_VIEWER_S = 2.5
/** Taps per burst: about what a finger does before the page sends. */
const BURST = 4

export interface Moment {
  /** Server time: places this slice in the match that every stage plays. */
  serverMs: number
  /** Length of the slice. */
  sliceMs: number
  viewers: number
  /** The match, with the show's stickers and sides. */
  shape: Shape
}

/** What the crowd sends in a slice of time: a Poisson process with the intensity of the match at that moment. */
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

/** A Poisson-distributed number with the mean `expected`; Knuth's method, so for small means. */
export function poisson(expected: number, random: Random): number {
  const limit = Math.exp(-expected)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
