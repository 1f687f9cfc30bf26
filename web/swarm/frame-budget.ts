/** Over this a frame is late on a 60 Hz screen. */
const LATE_MS = 19
/** A pause, not a slow frame: the tab was hidden or the loop slept. */
const PAUSE_MS = 250
const LIMIT_MIN = 24

/**
 * How many stickers may be in the air, by how long frames take: halves the surplus quickly, gives it back slowly.
 * The policy at the bound is the swarm's: over the limit fewer are launched, those in the air stay.
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

  /** Takes the time since the frame before. */
  frame(ms: number): void {
    if (ms > PAUSE_MS) return
    this.#averageMs += (ms - this.#averageMs) * 0.1
    const step = this.#averageMs > LATE_MS ? -this.#limit * 0.02 : 0.25
    this.#limit = Math.min(this.#max, Math.max(LIMIT_MIN, this.#limit + step))
  }
}
