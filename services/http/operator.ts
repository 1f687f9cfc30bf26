import { Counter, collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import type { Exemplar, Histogram } from '../measure/histogram.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { routesOf } from './call/handler.ts'
import { OPERATOR_CALLS } from './operator-calls.ts'
import type { Routes } from './routes.ts'

/** One number of several, with the labels that tell them apart. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/** Times in buckets, with the labels that tell them apart. */
export interface HistogramSample extends ReturnType<Histogram['read']> {
  labels: Record<string, string>
}

export interface HistogramMetric {
  name: string
  help: string
  type: 'histogram'
  read: () => HistogramSample[]
}

/** One number of a service, read when it is asked for. A `counter` only grows. */
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

/** The metrics of one process, as they travel between processes. */
export type Measured = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Several processes that share one address: a question to it reaches any of them, and is answered for all. */
export interface Fellows {
  /** Which of them this process is: the label `worker` of its metrics. */
  worker: string
  /** Takes how to measure this process, and returns how to measure all of them. */
  join(own: () => Promise<Measured>): () => Promise<Measured[]>
}

/** What the library reads from Node's V8, and Bun answers with zeros or with numbers of something else. */
const NOT_OF_BUN = /^nodejs_(?!eventloop_lag|heap_size|external)|^process_heap_bytes$/

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
  openapi: () => unknown
  asyncapi: () => Promise<unknown>
  /** Milliseconds since 1970. */
  now: () => number
  /** Default: this process is alone. */
  fellows?: Fellows | undefined
}): Routes {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name } of registry.getMetricsAsArray())
    if (NOT_OF_BUN.test(name)) registry.removeSingleMetric(name)
  for (const metric of metrics) register(registry, metric)
  if (fellows !== undefined) registry.setDefaultLabels({ worker: fellows.worker })
  const all = fellows?.join(() => registry.getMetricsAsJSON())
  const measure = async (isOpenMetrics: boolean) => {
    const measured = await (all === undefined ? registry.getMetricsAsJSON() : all().then(beside))
    const written = copied(measured, isOpenMetrics)
    return { text: await written.metrics(), type: written.contentType }
  }
  return routesOf(OPERATOR_CALLS, { supervisor, openapi, asyncapi, measure, now })
}

/** Services keep plain numbers, because the hot path pays for every increment; they are copied when somebody asks. */
function register(registry: Registry, metric: Metric): void {
  if (metric.type === 'histogram') registry.registerMetric(new BucketMetric(metric) as never)
  else registerNumber(registry, metric)
}

/** What the registry asks of a metric. Its own histogram counts each observation into objects, which the hot path cannot afford. */
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

/** As the library writes one, where the format has them. */
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

/** The series of several processes: the label `worker` tells them apart, so none is added to another, and exemplars stay. */
function beside(processes: Measured[]): Measured {
  const byName = Map.groupBy(processes.flat(), ({ name }) => name)
  return [...byName.values()].map((same) => ({
    ...same[0]!,
    values: same.flatMap(({ values }) => values as never[]),
  })) as Measured
}

/** What was measured, for its text. The library takes `_total` from the names of counters for good in OpenMetrics: these are copies. */
function copied(measured: Measured, isOpenMetrics: boolean): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>()
  if (isOpenMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const metric of measured) {
    const copy = {
      ...metric,
      async get() {
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
