/**
 * A token bucket that may go into debt: who has anything left may do one thing more, however dear, and then waits until
 * it is paid. For work whose cost is known and bounded, where half of a thing cannot be done. The debt itself is bounded
 * to one bucket, so that nobody waits longer than a full bucket takes.
 */
export class Allowance {
  readonly #intervalMs: number
  readonly #burstMs: number
  /** When the bucket is full again. */
  #fullAtMs = 0

  /** @param options.perSecond 0: no limit. @param options.burst What may be spent at once. */
  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#burstMs = this.#intervalMs * burst
  }

  /** Spends `cost`. Returns false, and spends nothing, while nothing is left. */
  spend(cost: number, now: number): boolean {
    if (this.waitMs(now) > 0) return false
    this.debit(cost, now)
    return true
  }

  /** Spends what was not known before the thing was done. */
  debit(cost: number, now: number): void {
    const fullAtMs = Math.max(now, this.#fullAtMs) + cost * this.#intervalMs
    this.#fullAtMs = Math.min(fullAtMs, now + 2 * this.#burstMs)
  }

  /** Milliseconds until something is left; 0: there is. */
  waitMs(now: number): number {
    const debtMs = this.#fullAtMs - this.#burstMs - now
    if (this.#intervalMs === 0 || debtMs < 0) return 0
    if (debtMs <= this.#burstMs) return Math.floor(debtMs) + 1
    // No debt is larger than a bucket: this one is of before the clock was set back.
    this.#fullAtMs = now
    return 0
  }
}
