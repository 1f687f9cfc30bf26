/** Packets that are looked at: the quickest of a minute at the demo's pace. */
const PACKETS_MAX = 240
/** Smaller corrections are not worth a jump on the stage. */
const JUMP_MS_MIN = 250

/**
 * The server's time, learnt from packets. Each leaves the server at its window's end or later, so the least late of
 * the recent ones tells the difference between the clocks best. Until there is one, the own clock is believed.
 */
export class ServerClock {
  readonly #offsetsMs: number[] = []
  #offsetMs = 0
  /** The first packet after a connect may be a retained value, hours old. */
  #isFirst = true

  /** Takes a packet that arrived at `now` of the own clock. */
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
