/** Upper bounds of the buckets in milliseconds: from less than a turn of the loop to longer than clients wait. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** How long something took, in buckets. Two additions a time, so that what is hot may be observed as well. */
export class Histogram {
  readonly #times = new Float64Array(BOUNDS_MS.length + 1)
  /** How many were observed. */
  times = 0
  #sumMs = 0

  observe(ms: number): void {
    let bucket = 0
    while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]!) bucket++
    this.#times[bucket]!++
    this.times++
    this.#sumMs += ms
  }

  /** As Prometheus has it: how often at most so many seconds, `+Inf` last, and all seconds together. */
  read(): { buckets: [le: string, count: number][]; sumS: number } {
    let count = 0
    const buckets = Array.from(this.#times, (times, i): [string, number] => {
      count += times
      return [i < BOUNDS_MS.length ? String(BOUNDS_MS[i]! / 1000) : '+Inf', count]
    })
    return { buckets, sumS: this.#sumMs / 1000 }
  }
}
