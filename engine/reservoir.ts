/**
 * A uniform sample of a stream of unknown length: each item has the same chance to be kept. Algorithm R (Vitter, "Random Sampling
 * with a Reservoir", 1985).
 */
export class Reservoir<T> {
  readonly #capacity: number
  readonly #random: () => number
  #kept: T[] = []
  #seen = 0

  /** @param options.random Uniform in [0, 1). */
  constructor({ capacity, random }: { capacity: number; random: () => number }) {
    this.#capacity = capacity
    this.#random = random
  }

  /** Items offered since the last `take`. */
  get seen(): number {
    return this.#seen
  }

  offer(item: T): void {
    this.#seen++
    if (this.#kept.length < this.#capacity) {
      this.#kept.push(item)
      return
    }
    const place = Math.floor(this.#random() * this.#seen)
    if (place < this.#capacity) this.#kept[place] = item
  }

  /** Removes and returns the sample, and starts again. */
  take(): T[] {
    const kept = this.#kept
    this.#kept = []
    this.#seen = 0
    return kept
  }
}
