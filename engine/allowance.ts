/**
 * The size of token buckets that may go into debt: while anything is left one more action is allowed, whatever it costs, and the
 * next ones wait until the debt is paid. For work whose cost is known and bounded and that cannot be done in halves. The debt is
 * bounded to one bucket, so nobody waits longer than a full bucket takes to fill.
 *
 * A bucket's state is one number, the time at which it is full again, at first 0. An owner of many buckets keeps only those
 * numbers.
 */
export class BucketSize {
  readonly #intervalMs: number
  readonly #burstMs: number

  /** @param options.perSecond 0: no limit. @param options.burst What may be spent at once. */
  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#burstMs = this.#intervalMs * burst
  }

  /** Spends `cost`. Returns when the bucket is full again; undefined, without spending, while nothing is left. */
  spend(fullAtMs: number, cost: number, now: number): number | undefined {
    return this.waitMs(fullAtMs, now) > 0 ? undefined : this.debit(fullAtMs, cost, now)
  }

  /** Spends a cost that became known only after the work was done. Returns when the bucket is full again. */
  debit(fullAtMs: number, cost: number, now: number): number {
    const latestMs = now + 2 * this.#burstMs
    // No debt exceeds one bucket: a later time is from before the clock was set back.
    const fromMs = fullAtMs > latestMs ? now : Math.max(now, fullAtMs)
    return Math.min(fromMs + cost * this.#intervalMs, latestMs)
  }

  /** Whether more than this share of the burst is used up. */
  isStrained(fullAtMs: number, now: number, share: number): boolean {
    return fullAtMs - now > this.#burstMs * share
  }

  /** Milliseconds until something is left; 0: something is. */
  waitMs(fullAtMs: number, now: number): number {
    const debtMs = fullAtMs - this.#burstMs - now
    if (this.#intervalMs === 0 || debtMs < 0 || debtMs > this.#burstMs) return 0
    return Math.floor(debtMs) + 1
  }
}

/** A single bucket of such a size. */
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
