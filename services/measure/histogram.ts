import type { TraceContext } from '../../protocol/trace-context.ts'

/** An example value of a bucket, with its trace. */
export interface Exemplar {
  traceId: string
  valueS: number
  /** Seconds since 1970. */
  atS: number
}

/** Upper bounds of the buckets in milliseconds: from less than a turn of the event loop to longer than clients wait. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** A histogram of durations. Two additions per value, cheap enough for the hot path. */
export class Histogram {
  readonly #boundsMs: readonly number[]
  readonly #times: Float64Array
  /** The newest traced value of each bucket. */
  readonly #exemplars: (Exemplar | undefined)[]
  /** Number of observed values. */
  times = 0
  #sumMs = 0

  /** @param boundsMs Upper bounds of the buckets, smallest first. */
  constructor(boundsMs: readonly number[] = BOUNDS_MS) {
    this.#boundsMs = boundsMs
    this.#times = new Float64Array(boundsMs.length + 1)
    this.#exemplars = Array<undefined>(boundsMs.length + 1).fill(undefined)
  }

  /** @param trace The trace of what took so long. Default: none. */
  observe(ms: number, trace?: TraceContext): void {
    let bucket = 0
    while (bucket < this.#boundsMs.length && ms > this.#boundsMs[bucket]!) bucket++
    this.#times[bucket]!++
    this.times++
    this.#sumMs += ms
    if (trace !== undefined) this.#exemplars[bucket] = exemplarOf(ms, trace)
  }

  /**
   * In Prometheus form: cumulative counts by upper bound in seconds, `+Inf` last, and the sum of seconds; with exemplars, by
   * bucket.
   */
  read(): { buckets: [le: string, count: number][]; sumS: number; exemplars: (Exemplar | undefined)[] } {
    let count = 0
    const buckets = Array.from(this.#times, (times, i): [string, number] => {
      count += times
      return [i < this.#boundsMs.length ? String(this.#boundsMs[i]! / 1000) : '+Inf', count]
    })
    return { buckets, sumS: this.#sumMs / 1000, exemplars: this.#exemplars }
  }
}

/** The trace id is the second field of `traceparent` (W3C Trace Context section 3.2). */
const exemplarOf = (ms: number, { traceparent }: TraceContext): Exemplar => ({
  traceId: traceparent.split('-')[1]!,
  valueS: ms / 1000,
  atS: Date.now() / 1000,
})
