import type { TopEntry } from '../protocol/packets.ts'

/** How many stickers a second a phone draws when the show is at its recent peak. */
export const DRAW_PER_SECOND_MAX = 60
/** A peak halves in this time, so that a quiet hour after a loud one looks lively again. */
const PEAK_HALF_LIFE_MS = 60_000

/**
 * The show's recent peak in reactions a second, decaying.
 * @param ageMs Time since `peak` was computed.
 */
export function recentPeak(peak: number, ratePerSecond: number, ageMs: number): number {
  return Math.max(ratePerSecond, peak * 0.5 ** (ageMs / PEAK_HALF_LIFE_MS))
}

/**
 * The most popular stickers of a window, largest first, ties by id, each with how many to draw. The swarm grows with the square
 * root of the share of the peak: at a tenth of the loudest moment it is still a third as large. Never more than were tapped, so
 * one tap in an empty stadium is one sticker.
 * @param options.ms Length of the window. @param options.peakPerSecond The show's recent peak, from `recentPeak`.
 * @param options.topMax The most entries.
 */
export function topOf(
  counts: ReadonlyMap<string, number>,
  { ms, peakPerSecond, topMax }: { ms: number; peakPerSecond: number; topMax: number },
): TopEntry[] {
  const ranked = [...counts]
    .filter(([, count]) => count > 0)
    .sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
  const n = ranked.reduce((sum, [, count]) => sum + count, 0)
  if (n === 0) return []
  const top = ranked.slice(0, topMax)
  const loudness = Math.min(1, n / (ms / 1000) / Math.max(peakPerSecond, Number.MIN_VALUE))
  const drawMax = Math.ceil((DRAW_PER_SECOND_MAX * ms) / 1000)
  const swarm = Math.min(n, Math.ceil(drawMax * Math.sqrt(loudness)))
  const draws = share(
    swarm,
    top.map(([, count]) => count),
  )
  return top.map(([sticker, count], i) => [sticker, count, draws[i]!])
}

/** Divides `whole` by weight into whole numbers, by largest remainder; no share exceeds its own weight. */
function share(whole: number, weights: number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  const exact = weights.map((weight) => Math.min(weight, (whole * weight) / sum))
  const shares = exact.map(Math.floor)
  let left = Math.min(whole, sum) - shares.reduce((a, b) => a + b, 0)
  const byRemainder = exact
    .map((value, i) => [value - Math.floor(value), i] as const)
    .sort(([a, i], [b, j]) => b - a || i - j)
  for (const [, i] of byRemainder) {
    if (left <= 0) break
    shares[i]!++
    left--
  }
  return shares
}
