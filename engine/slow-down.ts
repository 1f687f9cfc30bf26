import { RecentMap } from './recent-map.ts'

/**
 * Delays answers, so that one key gets `perSecond` on average and `burst` at once: a queue whose waits are capped at
 * `delayMsMax`. Nobody is refused: a crowd behind one address hardly notices, as its people wait in parallel, and a script gets
 * one answer per wait on each of its connections. Keys are bounded: beyond `keysMax` the least recently used are forgotten, which
 * only lets more through.
 */
export class SlowDown {
  readonly #intervalMs: number
  readonly #freeMs: number
  readonly #delayMsMax: number
  /** When each key's queue is empty again. */
  readonly #emptyAtMs: RecentMap<string, number>

  /** @param options.perSecond 0: no delays. @param options.keysMax Default 200,000 keys, some 20 MB. */
  constructor({
    perSecond,
    burst,
    delayMsMax,
    keysMax = 200_000,
  }: { perSecond: number; burst: number; delayMsMax: number; keysMax?: number }) {
    this.#intervalMs = perSecond === 0 ? 0 : 1000 / perSecond
    this.#freeMs = this.#intervalMs * burst
    this.#delayMsMax = delayMsMax
    this.#emptyAtMs = new RecentMap(keysMax)
  }

  /** Admits one, and returns the milliseconds that it must wait. */
  delayMs(key: string, now: number): number {
    if (this.#intervalMs === 0) return 0
    const fullMs = this.#freeMs + this.#delayMsMax
    const known = this.#emptyAtMs.get(key) ?? 0
    // No queue exceeds the longest wait: one that seems to is from before the clock was set back.
    const emptyAtMs = (known > now + fullMs + 1 ? now : Math.max(now, known)) + this.#intervalMs
    this.#emptyAtMs.set(key, Math.min(emptyAtMs, now + fullMs))
    return Math.ceil(Math.max(0, Math.min(emptyAtMs - this.#freeMs - now, this.#delayMsMax)))
  }
}
