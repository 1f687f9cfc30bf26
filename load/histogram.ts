/** Buckets per octave: a bucket is at most 1/128 of its value wide. */
const SUB = 128
const SUB_BITS = 7
/** 2^40 microseconds: twelve days. Longer times count as this one. */
const OCTAVES = 40 - SUB_BITS
const UNITS_PER_MS = 1000

export interface Summary {
  count: number
  p50: number
  p90: number
  p99: number
  max: number
}

/** A histogram in the form sent between processes: pairs of bucket and count, flat. */
export interface HistogramRecord {
  buckets: number[]
  maxMs: number
}

function bucketOf(units: number): number {
  if (units < 2 * SUB) return units
  const octave = Math.floor(Math.log2(units)) - SUB_BITS
  return octave * SUB + Math.floor(units / 2 ** octave)
}

/** The largest value in the bucket. */
function upperEdge(bucket: number): number {
  if (bucket < 2 * SUB) return bucket
  const octave = Math.floor(bucket / SUB) - 1
  return (bucket - octave * SUB + 1) * 2 ** octave - 1
}

/**
 * Times in milliseconds in buckets of equal relative width, after HdrHistogram: a percentile is never below the true one and at
 * most 0.8 % above it, over the whole range. Merging is lossless. 35 KB each.
 */
export class Histogram {
  readonly #counts = new Float64Array((OCTAVES + 2) * SUB)
  #count = 0
  #maxMs = 0

  get count(): number {
    return this.#count
  }

  /** Adds `times` equal values. Rounded up to a microsecond; a negative time counts as 0. */
  add(ms: number, times = 1): void {
    const units = Math.min(2 ** 40 - 1, Math.max(0, Math.ceil(ms * UNITS_PER_MS)))
    this.#counts[bucketOf(units)]! += times
    this.#count += times
    if (ms > this.#maxMs) this.#maxMs = ms
  }

  merge({ buckets, maxMs }: HistogramRecord): void {
    for (let at = 0; at < buckets.length; at += 2) {
      this.#counts[buckets[at]!]! += buckets[at + 1]!
      this.#count += buckets[at + 1]!
    }
    this.#maxMs = Math.max(this.#maxMs, maxMs)
  }

  /** The value in milliseconds that `share` (0 to 1) of all values do not exceed; 0 without values. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket]!
      if (seen >= wanted) return Math.min(upperEdge(bucket) / UNITS_PER_MS, this.#maxMs)
    }
    return this.#maxMs
  }

  summary(): Summary {
    return {
      count: this.#count,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      max: this.#maxMs,
    }
  }

  record(): HistogramRecord {
    const buckets: number[] = []
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push(bucket, count)
    return { buckets, maxMs: this.#maxMs }
  }
}
