/** How fast a side's moment is forgotten: long enough to read, short enough to turn with a wicket. */
const HALF_LIFE_MS = 2_500
/** Reactions a second that each side is given for free, so that the first tap of the evening does not win it all. */
const PRIOR_PER_SECOND = 0.4
/** Fewer reactions a second than this, of all sides together, are nothing to claim a winner by. */
const CLAIM_PER_SECOND_MIN = 0.05

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

  /** Shares in the order of the segments, adding up to 1. Undefined where no side has had a reaction lately. */
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
 * Whole percents by the largest remainder. They add up to 100, except where equal shares would have to differ for it: equal
 * ones stay equal, and a third each is 33, 33, 33.
 */
export function percents(shares: readonly number[]): number[] {
  const floors = shares.map((share) => Math.floor(share * 100))
  let left = 100 - floors.reduce((total, floor) => total + floor, 0)
  const rest = (share: number) => share * 100 - Math.floor(share * 100)
  const rounded = new Set<number>()
  for (const share of [...new Set(shares)].sort((a, b) => rest(b) - rest(a) || b - a)) {
    left -= shares.filter((other) => other === share).length
    // Rounding up a smaller remainder in its place could put it before a larger share.
    if (left < 0) break
    rounded.add(share)
  }
  return shares.map((share, i) => floors[i]! + (rounded.has(share) ? 1 : 0))
}
