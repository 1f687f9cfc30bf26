/** Upper bounds of the buckets in milliseconds: from less than a turn of the loop to longer than clients wait. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** How long something took, in buckets. Two additions a time, so that what is hot may be observed as well. */
export class Histogram {
  readonly #boundsMs: readonly number[]
  readonly #times: Float64Array
  /** How many were observed. */
  times = 0
  #sumMs = 0

  /** @param boundsMs Upper bounds of the buckets, smallest first. */
  constructor(boundsMs: readonly number[] = BOUNDS_MS) {
    this.#boundsMs = boundsMs
    this.#times = new Float64Array(boundsMs.length + 1)
  }

  observe(ms: number): void {
    let bucket = 0
    while (bucket < this.#boundsMs.length && ms > this.#boundsMs[bucket]!) bucket++
    this.#times[bucket]!++
    this.times++
    this.#sumMs += ms
  }

  /** As Prometheus has it: how often at most so many seconds, `+Inf` last, and all seconds together. */
  read(): { buckets: [le: string, count: number][]; sumS: number } {
    let count = 0
    const buckets = Array.from(this.#times, (times, i): [string, number] => {
      count += times
      return [i < this.#boundsMs.length ? String(this.#boundsMs[i]! / 1000) : '+Inf', count]
    })
    return { buckets, sumS: this.#sumMs / 1000 }
  }
}
