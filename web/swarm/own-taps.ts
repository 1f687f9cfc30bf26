/**
 * Remembers the viewer's own taps until they return in mood packets, so that each is drawn once: at the tap. Bounded by the
 * show's stickers; taps not returned within `keepMs` were lost or left out of `top`, and are dropped.
 */
export class OwnTaps {
  readonly #keepMs: number
  readonly #waiting = new Map<string, { count: number; lastMs: number }>()

  /** @param options.keepMs How long to wait for a sticker's taps after the last of them. Default 5000. */
  constructor({ keepMs = 5_000 }: { keepMs?: number } = {}) {
    this.#keepMs = keepMs
  }

  add(sticker: string, now: number): void {
    this.#waiting.set(sticker, { count: this.#waitingFor(sticker, now) + 1, lastMs: now })
  }

  /** Returns how many of a packet's `count` are the viewer's own, and stops waiting for those. */
  take(sticker: string, count: number, now: number): number {
    const waiting = this.#waitingFor(sticker, now)
    const own = Math.min(waiting, count)
    if (own === waiting) this.#waiting.delete(sticker)
    else this.#waiting.get(sticker)!.count = waiting - own
    return own
  }

  #waitingFor(sticker: string, now: number): number {
    const entry = this.#waiting.get(sticker)
    return entry === undefined || now - entry.lastMs > this.#keepMs ? 0 : entry.count
  }
}
