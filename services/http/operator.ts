import { Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import eventLoopLag from 'prom-client/lib/metrics/eventLoopLag.js'
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed.js'
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap.js'
import processCpuTotal from 'prom-client/lib/metrics/processCpuTotal.js'
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js'
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js'
import processStartTime from 'prom-client/lib/metrics/processStartTime.js'
import { shortTurns } from '../../engine/short-turns.ts'
import type { Exemplar, Histogram } from '../measure/histogram.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { routesOf } from './call/handler.ts'
import { OPERATOR_CALLS } from './operator-calls.ts'
import type { Routes } from './routes.ts'
import { sharedAnswer } from './shared-answer.ts'

/** One of several values, with its distinguishing labels. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/** A histogram with its distinguishing labels. */
export interface HistogramSample extends ReturnType<Histogram['read']> {
  labels: Record<string, string>
}

export interface HistogramMetric {
  name: string
  help: string
  type: 'histogram'
  read: () => HistogramSample[]
}

/** A number of a service, read on request. A `counter` only grows. */
export interface NumberMetric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  /** One number, one for each value of `label`, or one for each combination of `labels`. */
  read: () => number | Record<string, number> | Sample[]
  label?: string
  labels?: readonly string[]
}

export type Metric = NumberMetric | HistogramMetric

/** The metrics of one process, as sent between processes. */
export type Measured = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Several processes that share one address: a request reaches any of them, and is answered for all. */
export interface Fellows {
  /** This process's name: the label `worker` of its metrics. */
  worker: string
  /** Takes a function that collects this process's metrics, and returns one that collects everybody's. */
  join(own: () => Promise<Measured>): () => Promise<Measured[]>
}

/**
 * The library's own metrics, without those of Node's V8: Bun reports them as zeros or with another meaning, and walks the whole heap
 * to be asked for one, seconds where millions of voters are in it.
 */
const OF_THE_PROCESS = [
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  heapSizeAndUsed,
]
/** How often the event loop is asked whether it is late: the library's default, as without it. */
const LAG_PRECISION_MS = 10
/** A part of them that is such a metric, too. */
const NOT_OF_BUN = 'process_heap_bytes'

/** The operators' calls, over the metrics of this process. */
export function operatorRoutes({
  metrics,
  supervisor,
  openapi,
  asyncapi,
  now,
  fellows,
}: {
  metrics: Metric[]
  supervisor: Supervisor
  openapi: () => Promise<unknown>
  asyncapi: () => Promise<unknown>
  /** Milliseconds since 1970. */
  now: () => number
  /** Default: this is the only process. */
  fellows?: Fellows | undefined
}): Routes {
  const source = new Registry()
  for (const collect of OF_THE_PROCESS) collect(source, { eventLoopMonitoringPrecision: LAG_PRECISION_MS })
  source.removeSingleMetric(NOT_OF_BUN)
  for (const metric of metrics) register(source, metric)
  const registry = inTurns(source.getMetricsAsArray() as unknown as SourceMetric[])
  if (fellows !== undefined) registry.setDefaultLabels({ worker: fellows.worker })
  const all = fellows?.join(() => registry.getMetricsAsJSON())
  const measuring = (isOpenMetrics: boolean) =>
    sharedAnswer(async () => {
      const measured = await (all === undefined ? registry.getMetricsAsJSON() : all().then(beside))
      const written = copied(measured, isOpenMetrics)
      return { text: await written.metrics(), type: written.contentType }
    })
  const [openMetrics, prometheus] = [measuring(true), measuring(false)]
  const measure = (isOpenMetrics: boolean) => (isOpenMetrics ? openMetrics() : prometheus())
  return routesOf(OPERATOR_CALLS, { supervisor, openapi, asyncapi, measure, now })
}

/** Services keep plain numbers, because the hot path pays for every increment; they are copied on request. */
function register(registry: Registry, metric: Metric): void {
  if (metric.type === 'histogram') registry.registerMetric(new BucketMetric(metric) as never)
  else registerNumber(registry, metric)
}

/**
 * The registry's interface of a metric. The library's own histogram counts each observation into objects, too expensive for the
 * hot path.
 */
class BucketMetric {
  readonly name: string
  readonly #metric: HistogramMetric

  constructor(metric: HistogramMetric) {
    this.name = metric.name
    this.#metric = metric
  }

  async get() {
    const { name, help, type, read } = this.#metric
    const values = read().flatMap(({ labels, buckets, sumS, exemplars }) => [
      ...buckets.map(([le, value], i) => ({
        ...{ labels: { ...labels, le }, value, metricName: `${name}_bucket` },
        ...exemplarIn(exemplars[i]),
      })),
      { labels, value: sumS, metricName: `${name}_sum` },
      { labels, value: buckets.at(-1)![1], metricName: `${name}_count` },
    ])
    return { name, help, type, values, aggregator: 'sum' }
  }
}

/** In the library's form, if the format has exemplars. */
const exemplarIn = (exemplar: Exemplar | undefined): object =>
  exemplar === undefined
    ? {}
    : {
        exemplar: {
          labelSet: { trace_id: exemplar.traceId },
          value: exemplar.valueS,
          timestamp: exemplar.atS.toFixed(3),
        },
      }

/** The series of several processes, told apart by the label `worker`: none are summed, and exemplars stay. */
function beside(processes: Measured[]): Measured {
  const byName = Map.groupBy(processes.flat(), ({ name }) => name)
  return [...byName.values()].map((same) => ({
    ...same[0]!,
    values: same.flatMap(({ values }) => values as never[]),
  })) as Measured
}

/**
 * These metrics, some in each turn of the event loop: all together take ten milliseconds and more to read, as many to render, and
 * anybody may ask for them.
 */
function inTurns(metrics: readonly SourceMetric[]): Registry {
  const registry = new Registry()
  const next = shortTurns()
  for (const metric of metrics) {
    const get = () => next().then(() => metric.get())
    registry.registerMetric({ name: metric.name, get } as never)
  }
  return registry
}

/** The library's type says less. */
type SourceMetric = { name: string; get(): Promise<unknown> }

/** A copy for rendering, some in each turn: for OpenMetrics the library permanently strips `_total` from counters' names. */
function copied(measured: Measured, isOpenMetrics: boolean): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>()
  if (isOpenMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const next = shortTurns()
  for (const metric of measured) {
    const copy = {
      ...metric,
      async get() {
        await next()
        return copy
      },
    }
    registry.registerMetric(copy as never)
  }
  return registry
}

function registerNumber(registry: Registry, metric: NumberMetric): void {
  const { name, help, type, label, labels = label === undefined ? [] : [label] } = metric
  const configuration = { name, help, registers: [registry], labelNames: labels }
  if (type === 'gauge') {
    new Gauge({
      ...configuration,
      collect() {
        this.reset()
        for (const { labels, value } of samplesOf(metric)) this.set(labels, value)
      },
    })
    return
  }
  new Counter({
    ...configuration,
    collect() {
      this.reset()
      for (const { labels, value } of samplesOf(metric)) this.inc(labels, value)
    },
  })
}

function samplesOf({ read, label }: NumberMetric): Sample[] {
  const value = read()
  if (typeof value === 'number') return [{ labels: {}, value }]
  if (Array.isArray(value)) return value
  return Object.entries(value).map(([key, number]) => ({ labels: { [label!]: key }, value: number }))
}
