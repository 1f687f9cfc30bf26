/** How fast a side's moment is forgotten: long enough to read, short enough to turn with a wicket. */
const HALF_LIFE_MS = 2_500
/** Reactions a second that each side is given for free, so that the first tap of the evening does not win it all. */
const PRIOR_PER_SECOND = 0.4

/** Who wins the moment: each segment's share of the reactions of the last seconds. */
export class Shares {
  readonly #segments: readonly string[]
  readonly #level = new Map<string, { perSecond: number; atMs: number }>()

  constructor(segments: readonly string[]) {
    this.#segments = segments
  }

  /** Takes what a segment's packet counted: `n` reactions in `ms`. */
  add(segment: string, { n, ms }: { n: number; ms: number }, now: number): void {
    const before = this.#perSecond(segment, now)
    // A window as long as the half-life replaces half of what was known.
    const weight = 1 - 0.5 ** (ms / HALF_LIFE_MS)
    this.#level.set(segment, { perSecond: before + (n * 1000 * weight) / ms, atMs: now })
  }

  /** Shares in the order of the segments, adding up to 1. Equal when nobody has reacted lately. */
  at(now: number): number[] {
    const levels = this.#segments.map((segment) => this.#perSecond(segment, now) + PRIOR_PER_SECOND)
    const sum = levels.reduce((total, level) => total + level, 0)
    return levels.map((level) => level / sum)
  }

  #perSecond(segment: string, now: number): number {
    const level = this.#level.get(segment)
    if (level === undefined) return 0
    return level.perSecond * 0.5 ** (Math.max(0, now - level.atMs) / HALF_LIFE_MS)
  }
}

/** Whole percents that add up to 100, by the largest remainder. */
export function percents(shares: readonly number[]): number[] {
  const floors = shares.map((share) => Math.floor(share * 100))
  let left = 100 - floors.reduce((total, floor) => total + floor, 0)
  const byRemainder = shares
    .map((share, i) => ({ i, rest: share * 100 - floors[i]! }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i)
  for (const { i } of byRemainder) {
    if (left-- <= 0) break
    floors[i]!++
  }
  return floors
}
