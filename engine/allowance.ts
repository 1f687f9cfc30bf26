/**
 * The size of token buckets that may go into debt: who has anything left may do one thing more, however dear, and then waits
 * until it is paid. For work whose cost is known and bounded, where half of a thing cannot be done. The debt itself is bounded
 * to one bucket, so that nobody waits longer than a full bucket takes.
 *
 * What a bucket holds is one number, the time at which it is full again, at first 0. Who has a great many of a size keeps those.
 */
export class BucketSize {
  readonly #intervalMs: number
  readonly #burstMs: number

  /** @param options.perSecond 0: no limit. @param options.burst What may be spent at once. */
  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#burstMs = this.#intervalMs * burst
  }

  /** Spends `cost`. Returns when the bucket is full again; undefined, and nothing is spent, while nothing is left. */
  spend(fullAtMs: number, cost: number, now: number): number | undefined {
    return this.waitMs(fullAtMs, now) > 0 ? undefined : this.debit(fullAtMs, cost, now)
  }

  /** Spends what was not known before the thing was done. Returns when the bucket is full again. */
  debit(fullAtMs: number, cost: number, now: number): number {
    const latestMs = now + 2 * this.#burstMs
    // No debt is larger than a bucket: a time beyond it is of before the clock was set back.
    const fromMs = fullAtMs > latestMs ? now : Math.max(now, fullAtMs)
    return Math.min(fromMs + cost * this.#intervalMs, latestMs)
  }

  /** Milliseconds until something is left; 0: there is. */
  waitMs(fullAtMs: number, now: number): number {
    const debtMs = fullAtMs - this.#burstMs - now
    if (this.#intervalMs === 0 || debtMs < 0 || debtMs > this.#burstMs) return 0
    return Math.floor(debtMs) + 1
  }
}

/** One such bucket. */
export class Allowance {
  readonly #size: BucketSize
  #fullAtMs = 0

  /** @param options.perSecond 0: no limit. @param options.burst What may be spent at once. */
  constructor(options: { perSecond: number; burst: number }) {
    this.#size = new BucketSize(options)
  }

  /** Spends `cost`. Returns false, and spends nothing, while nothing is left. */
  spend(cost: number, now: number): boolean {
    const spent = this.#size.spend(this.#fullAtMs, cost, now)
    this.#fullAtMs = spent ?? this.#fullAtMs
    return spent !== undefined
  }
}
