/** A histogram of times, in buckets of 10 ms, the last one for 120 s and more. */
export class Times {
  readonly #buckets = new Float64Array(12_001)

  add(ms: number, viewers: number): void {
    this.#buckets[Math.min(this.#buckets.length - 1, Math.round(ms / BUCKET_MS))]! += viewers
  }

  /** The time that this share of the viewers did not exceed, in milliseconds; 0 without viewers. */
  percentile(share: number): number {
    const all = this.#buckets.reduce((sum, viewers) => sum + viewers, 0)
    let left = all * share
    const bucket = this.#buckets.findIndex((viewers) => {
      left -= viewers
      return left <= all * 1e-12
    })
    return Math.max(0, bucket) * BUCKET_MS
  }
}

const BUCKET_MS = 10
