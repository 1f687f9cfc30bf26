/** Packets that are considered: a minute of them at the demo's pace; the fastest one decides. */
const PACKETS_MAX = 240
/** A smaller correction is not worth a visible jump. */
const JUMP_MS_MIN = 250

/**
 * Estimates the server's time from packets. Each leaves the server at its window's end or later, so the least delayed of the
 * recent ones gives the best offset. Before the first one the device's own clock is used.
 */
export class ServerClock {
  readonly #offsetsMs: number[] = []
  #offsetMs = 0
  /** The first packet after a connect may be a retained value, hours old. */
  #isFirst = true

  /** Takes a packet that arrived at `now` by the device's clock. */
  packet({ at, ms }: { at: number; ms: number }, now: number): void {
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (isFirst) return
    this.#offsetsMs.push(at + ms - now)
    if (this.#offsetsMs.length > PACKETS_MAX) this.#offsetsMs.shift()
    const best = Math.max(...this.#offsetsMs)
    if (Math.abs(best - this.#offsetMs) > JUMP_MS_MIN) this.#offsetMs = best
  }

  /** After a gap the next packet may be old again. */
  reconnected(): void {
    this.#isFirst = true
  }

  now(ownNow: number): number {
    return ownNow + this.#offsetMs
  }
}
