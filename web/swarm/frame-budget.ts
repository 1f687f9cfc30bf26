/** A longer frame is late on a 60 Hz screen. */
const LATE_MS = 19
/** A longer gap is a pause, not a slow frame: the tab was hidden or the loop slept. */
const PAUSE_MS = 250
const LIMIT_MIN = 24

/**
 * How many stickers may be in the air, by frame times: drops fast, recovers slowly. Over the limit fewer are launched, and those
 * in the air stay: that is the swarm's policy.
 */
export class FrameBudget {
  readonly #max: number
  #limit: number
  #averageMs = 1000 / 60

  constructor({ max = 120 }: { max?: number } = {}) {
    this.#max = max
    this.#limit = max
  }

  get limit(): number {
    return Math.round(this.#limit)
  }

  /** Takes the time since the previous frame. */
  frame(ms: number): void {
    if (ms > PAUSE_MS) return
    this.#averageMs += (ms - this.#averageMs) * 0.1
    const step = this.#averageMs > LATE_MS ? -this.#limit * 0.02 : 0.25
    this.#limit = Math.min(this.#max, Math.max(LIMIT_MIN, this.#limit + step))
  }
}
