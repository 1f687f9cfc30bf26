import { RecentMap } from './recent-map.ts'

/**
 * A token bucket for each key: `perSecond` on average, `burst` at once. In GCRA form one number a key says when its bucket is
 * full again (ITU-T I.371). Keys are bounded: beyond `keysMax` the least recently used are forgotten, which only lets more
 * through.
 */
export class RateLimit {
  /** Tokens at once, and the seconds in which an empty bucket fills. */
  readonly quota: number
  readonly windowS: number
  readonly #intervalMs: number
  readonly #toleranceMs: number
  readonly #fullAtMs: RecentMap<string, number>

  /** @param options.perSecond 0: no limit. @param options.keysMax Default 200,000 keys, some 20 MB. */
  constructor({
    perSecond,
    burst,
    keysMax = 200_000,
  }: { perSecond: number; burst: number; keysMax?: number }) {
    this.quota = burst
    this.windowS = perSecond === 0 ? 0 : Math.ceil(burst / perSecond)
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#toleranceMs = this.#intervalMs * burst
    this.#fullAtMs = new RecentMap(keysMax)
  }

  /**
   * Takes `tokens`, default one. Returns 0 on success; otherwise takes none and returns the milliseconds until they are
   * available.
   */
  take(key: string, now: number, tokens = 1): number {
    if (this.#intervalMs === 0) return 0
    const known = this.#fullAtMs.get(key)
    // No bucket is emptier than empty. One that seems so, beyond rounding, is from before the clock was set back.
    const isOld = known === undefined || known > now + this.#toleranceMs + 1
    const fullAtMs = Math.max(now, isOld ? 0 : known) + this.#intervalMs * tokens
    const waitMs = fullAtMs - this.#toleranceMs - now
    if (waitMs > 0) return Math.ceil(waitMs)
    this.#fullAtMs.set(key, fullAtMs)
    return 0
  }
}
