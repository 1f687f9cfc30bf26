/** Half-life of a side's reactions: long enough to read, short enough to turn with a wicket. */
const HALF_LIFE_MS = 2_500
/** Reactions per second added to each side, so that the first tap of the evening does not win everything. */
const PRIOR_PER_SECOND = 0.4
/** With fewer reactions per second, over all sides, no winner is shown. */
const CLAIM_PER_SECOND_MIN = 0.05

/** Who wins the moment: each segment's share of the reactions of the last seconds. */
export class Shares {
  readonly #segments: readonly string[]
  readonly #level = new Map<string, { perSecond: number; atMs: number }>()

  constructor(segments: readonly string[]) {
    this.#segments = segments
  }

  /** Takes the count of a segment's packet: `n` reactions in `ms`. */
  add(segment: string, { n, ms }: { n: number; ms: number }, now: number): void {
    const before = this.#perSecond(segment, now)
    // A window as long as the half-life replaces half of the old level.
    const weight = 1 - 0.5 ** (ms / HALF_LIFE_MS)
    this.#level.set(segment, { perSecond: before + (n * 1000 * weight) / ms, atMs: now })
  }

  /** Shares in the order of the segments, summing to 1. Undefined if no side has had a reaction lately. */
  at(now: number): number[] | undefined {
    const levels = this.#segments.map((segment) => this.#perSecond(segment, now))
    const sum = levels.reduce((total, level) => total + level, 0)
    if (sum < CLAIM_PER_SECOND_MIN) return undefined
    const whole = sum + levels.length * PRIOR_PER_SECOND
    return levels.map((level) => (level + PRIOR_PER_SECOND) / whole)
  }

  #perSecond(segment: string, now: number): number {
    const level = this.#level.get(segment)
    if (level === undefined) return 0
    return level.perSecond * 0.5 ** (Math.max(0, now - level.atMs) / HALF_LIFE_MS)
  }
}

/**
 * Whole percents by the largest remainder. They sum to 100, unless equal shares would have to differ for that: equal ones stay
 * equal, so thirds are 33, 33, 33.
 */
export function percents(shares: readonly number[]): number[] {
  const floors = shares.map((share) => Math.floor(share * 100))
  let left = 100 - floors.reduce((total, floor) => total + floor, 0)
  const rest = (share: number) => share * 100 - Math.floor(share * 100)
  const rounded = new Set<number>()
  for (const share of [...new Set(shares)].sort((a, b) => rest(b) - rest(a) || b - a)) {
    left -= shares.filter((other) => other === share).length
    // Rounding up a smaller remainder instead could put it ahead of a larger share.
    if (left < 0) break
    rounded.add(share)
  }
  return shares.map((share, i) => floors[i]! + (rounded.has(share) ? 1 : 0))
}
