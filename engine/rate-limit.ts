/**
 * A token bucket for each key: `perSecond` on average, `burst` at once. GCRA form: one number a key says when its
 * bucket is full again (ITU-T I.371). Keys are bounded: at `keysMax` the key that was used longest ago is forgotten,
 * which can only let more through, never less.
 */
export class RateLimit {
  readonly #intervalMs: number
  readonly #toleranceMs: number
  readonly #keysMax: number
  readonly #fullAtMs = new Map<string, number>()

  /** @param options.perSecond 0: no limit. @param options.keysMax Default 200,000 keys, some 20 MB. */
  constructor({
    perSecond,
    burst,
    keysMax = 200_000,
  }: { perSecond: number; burst: number; keysMax?: number }) {
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#toleranceMs = this.#intervalMs * burst
    this.#keysMax = keysMax
  }

  /** Takes `tokens`, default one. Returns 0 when they were there, else takes none and returns the milliseconds until they are. */
  take(key: string, now: number, tokens = 1): number {
    if (this.#intervalMs === 0) return 0
    const known = this.#fullAtMs.get(key)
    const fullAtMs = Math.max(now, known ?? 0) + this.#intervalMs * tokens
    const waitMs = fullAtMs - this.#toleranceMs - now
    if (waitMs > 0) return Math.ceil(waitMs)
    if (known !== undefined) this.#fullAtMs.delete(key)
    this.#fullAtMs.set(key, fullAtMs)
    if (this.#fullAtMs.size > this.#keysMax) this.#forgetOldest()
    return 0
  }

  #forgetOldest(): void {
    for (const oldest of this.#fullAtMs.keys()) {
      this.#fullAtMs.delete(oldest)
      return
    }
  }
}
