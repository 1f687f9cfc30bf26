import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { jsonResponse } from './responses.ts'
import type { Routes } from './routes.ts'

/** One number of a service, read when it is asked for. A `counter` only grows. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge'
  /** One number, or one for each value of `label`. */
  read: () => number | Record<string, number>
  label?: string
}

/** The metrics of one process, as they travel between processes. */
export type Measured = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Several processes that share one address: a question to it reaches any of them, and is answered for all. */
export interface Fellows {
  /** Which of them this process is: the label `worker` of its metrics. */
  worker: string
  /** Takes how to measure this process, and returns how to measure all of them. */
  join(own: () => Promise<Measured>): () => Promise<Measured[]>
}

/** A reason why this process should get no traffic now; undefined when there is none. */
export type Readiness = () => string | undefined

/** `/healthz`: the process lives. `/readyz`: it should get traffic. `/metrics`: Prometheus text. `/openapi.json`. */
export function operatorRoutes({
  metrics,
  readiness,
  openapi,
  fellows,
}: {
  metrics: Metric[]
  readiness: Readiness
  openapi: unknown
  /** Default: this process is alone. */
  fellows?: Fellows | undefined
}): Routes {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const metric of metrics) register(registry, metric)
  if (fellows !== undefined) registry.setDefaultLabels({ worker: fellows.worker })
  const all = fellows?.join(() => registry.getMetricsAsJSON())
  return {
    '/healthz': { GET: () => jsonResponse({ status: 'ok' }) },
    '/readyz': {
      GET: () => {
        const reason = readiness()
        return reason === undefined
          ? jsonResponse({ status: 'ready' })
          : jsonResponse({ status: 'not ready', reason }, { status: 503, headers: { 'retry-after': '1' } })
      },
    },
    '/metrics': {
      GET: async () => {
        const told = all === undefined ? registry : AggregatorRegistry.aggregate(await all())
        return new Response(await told.metrics(), { headers: { 'content-type': registry.contentType } })
      },
    },
    '/openapi.json': { GET: () => jsonResponse(openapi) },
  }
}

/** Services keep plain numbers, because the hot path pays for every increment; they are copied when somebody asks. */
function register(registry: Registry, { name, help, type, read, label }: Metric): void {
  const configuration = { name, help, registers: [registry], labelNames: label === undefined ? [] : [label] }
  if (type === 'gauge') {
    new Gauge({
      ...configuration,
      collect() {
        setAll(this, read(), label)
      },
    })
    return
  }
  new Counter({
    ...configuration,
    collect() {
      this.reset()
      const value = read()
      if (typeof value === 'number') this.inc(value)
      else for (const [key, number] of Object.entries(value)) this.inc({ [label!]: key }, number)
    },
  })
}

function setAll(gauge: Gauge, value: number | Record<string, number>, label: string | undefined): void {
  gauge.reset()
  if (typeof value === 'number') gauge.set(value)
  else for (const [key, number] of Object.entries(value)) gauge.set({ [label!]: key }, number)
}
