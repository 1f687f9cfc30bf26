import type { TraceContext } from '../../protocol/trace-context.ts'
import { Histogram } from '../measure/histogram.ts'
import type { HistogramSample, Sample } from './operator.ts'

/** RFC 9110 section 15. */
const STATUS_MAX = 599

/** A method that a route has not. */
export const OTHER = 'other'

/** Outcomes of the requests to one method and path: plain numbers, read on request. */
export class RouteStats {
  readonly durations = new Histogram()
  /** Counts by status, allocated on first use: most routes of a process are never called. */
  #byStatus: Float64Array | undefined

  /** Each status that occurred, with its count. */
  statuses(): [status: number, count: number][] {
    return [...(this.#byStatus ?? [])].flatMap((count, status) =>
      count > 0 ? [[status, count] as [number, number]] : [],
    )
  }

  /** Some additions: taps are counted here, too. */
  observe(status: number, ms: number, trace?: TraceContext): void {
    this.#byStatus ??= new Float64Array(STATUS_MAX + 1)
    this.#byStatus[status]!++
    this.durations.observe(ms, trace)
  }
}

/** Outcomes of all requests. A route is a path's definition, so that clients cannot create new series. */
export class RequestStats {
  readonly #routes = new Map<string, { labels: Record<string, string>; stats: RouteStats }>()

  route(method: string, route: string): RouteStats {
    const name = `${method} ${route}`
    const known = this.#routes.get(name)
    if (known !== undefined) return known.stats
    const stats = new RouteStats()
    this.#routes.set(name, { labels: { method, route }, stats })
    return stats
  }

  /** Those of a method and a route, if they are counted. */
  known(method: string, route: string): RouteStats | undefined {
    return (this.#routes.get(`${method} ${route}`) ?? this.#routes.get(`${OTHER} ${route}`))?.stats
  }

  counts(): Sample[] {
    return [...this.#routes.values()].flatMap(({ labels, stats }) =>
      stats.statuses().map(([status, value]) => ({
        labels: { ...labels, status: String(status) },
        value,
      })),
    )
  }

  durations(): HistogramSample[] {
    return [...this.#routes.values()]
      .filter(({ stats }) => stats.durations.times > 0)
      .map(({ labels, stats }) => ({ labels, ...stats.durations.read() }))
  }
}
