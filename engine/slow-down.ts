import { RecentMap } from './recent-map.ts'

/**
 * How long to keep each of many waiting, so that one key gets `perSecond` on average and `burst` at once: a queue whose
 * waits are cut at `delayMsMax`. Nobody is refused: a crowd behind one address hardly feels it, as its people wait side by
 * side, and a script gets one answer a wait from each of its connections. Keys are bounded: at `keysMax` those that were
 * used longest ago are forgotten, which only lets more through.
 */
export class SlowDown {
  readonly #intervalMs: number
  readonly #freeMs: number
  readonly #delayMsMax: number
  /** When the queue of each key is empty again. */
  readonly #emptyAtMs: RecentMap<string, number>

  /** @param options.perSecond 0: nobody waits. @param options.keysMax Default 200,000 keys, some 20 MB. */
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

  /** Lets one in, and returns the milliseconds that it has to wait. */
  delayMs(key: string, now: number): number {
    if (this.#intervalMs === 0) return 0
    const fullMs = this.#freeMs + this.#delayMsMax
    const known = this.#emptyAtMs.get(key) ?? 0
    // No queue is longer than the longest: one that looks so is of before the clock was set back.
    const emptyAtMs = (known > now + fullMs + 1 ? now : Math.max(now, known)) + this.#intervalMs
    this.#emptyAtMs.set(key, Math.min(emptyAtMs, now + fullMs))
    return Math.ceil(Math.max(0, Math.min(emptyAtMs - this.#freeMs - now, this.#delayMsMax)))
  }
}
