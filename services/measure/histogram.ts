import type { TraceContext } from '../../protocol/trace-context.ts'

/** One time of a bucket whose trace can be looked up. */
export interface Exemplar {
  traceId: string
  valueS: number
  /** Seconds since 1970. */
  atS: number
}

/** Upper bounds of the buckets in milliseconds: from less than a turn of the loop to longer than clients wait. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

/** How long something took, in buckets. Two additions a time, so that what is hot may be observed as well. */
export class Histogram {
  readonly #boundsMs: readonly number[]
  readonly #times: Float64Array
  /** The newest one that is in a trace, of each bucket. */
  readonly #exemplars: (Exemplar | undefined)[]
  /** How many were observed. */
  times = 0
  #sumMs = 0

  /** @param boundsMs Upper bounds of the buckets, smallest first. */
  constructor(boundsMs: readonly number[] = BOUNDS_MS) {
    this.#boundsMs = boundsMs
    this.#times = new Float64Array(boundsMs.length + 1)
    this.#exemplars = Array<undefined>(boundsMs.length + 1).fill(undefined)
  }

  /** @param trace Where it is recorded what took so long. Default: nowhere. */
  observe(ms: number, trace?: TraceContext): void {
    let bucket = 0
    while (bucket < this.#boundsMs.length && ms > this.#boundsMs[bucket]!) bucket++
    this.#times[bucket]!++
    this.times++
    this.#sumMs += ms
    if (trace !== undefined) this.#exemplars[bucket] = exemplarOf(ms, trace)
  }

  /** As Prometheus has it: how often at most so many seconds, `+Inf` last, and all seconds together; an exemplar beside each bucket that has one. */
  read(): { buckets: [le: string, count: number][]; sumS: number; exemplars: (Exemplar | undefined)[] } {
    let count = 0
    const buckets = Array.from(this.#times, (times, i): [string, number] => {
      count += times
      return [i < this.#boundsMs.length ? String(this.#boundsMs[i]! / 1000) : '+Inf', count]
    })
    return { buckets, sumS: this.#sumMs / 1000, exemplars: this.#exemplars }
  }
}

/** The trace's id is the second field of `traceparent` (W3C Trace Context section 3.2). */
const exemplarOf = (ms: number, { traceparent }: TraceContext): Exemplar => ({
  traceId: traceparent.split('-')[1]!,
  valueS: ms / 1000,
  atS: Date.now() / 1000,
})
