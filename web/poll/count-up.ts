/** A number in transition: it grows evenly from one packet to the next instead of in steps. */
export class CountUp {
  #from = 0
  #to = 0
  #startMs = 0
  #lengthMs = 0

  /** Moves from what is shown now to `value` in `lengthMs`. The first value is set at once. */
  set(value: number, now: number, lengthMs: number): void {
    this.#from = this.#lengthMs === 0 ? value : this.at(now)
    this.#to = value
    this.#startMs = now
    this.#lengthMs = Math.max(1, lengthMs)
  }

  at(now: number): number {
    if (this.#lengthMs === 0) return 0
    const way = Math.min(1, Math.max(0, (now - this.#startMs) / this.#lengthMs))
    return Math.round(this.#from + (this.#to - this.#from) * way)
  }

  /** Whether the transition is unfinished. */
  moving(now: number): boolean {
    return this.#from !== this.#to && now - this.#startMs < this.#lengthMs
  }
}
