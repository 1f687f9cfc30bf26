import { Histogram } from '../measure/histogram.ts'
import type { HistogramSample, Sample } from './operator.ts'

/** What became of the requests of one method and path: plain numbers, read when somebody asks. */
export class RouteStats {
  readonly byStatus = new Map<number, number>()
  readonly durations = new Histogram()

  count(status: number): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1)
  }

  observe(status: number, ms: number): void {
    this.count(status)
    this.durations.observe(ms)
  }
}

/** What became of all requests. A route is a path as it is defined, so that no client can make new series. */
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

  counts(): Sample[] {
    return [...this.#routes.values()].flatMap(({ labels, stats }) =>
      [...stats.byStatus].map(([status, value]) => ({
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
