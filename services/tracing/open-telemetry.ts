import {
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { parseTraceParent, TraceState } from '@opentelemetry/core'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { AlwaysOnSampler, BasicTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { Allowance } from '../../engine/allowance.ts'
import { boundedTrace, type TraceContext } from '../../protocol/trace-context.ts'
import { spanQueue } from './span-queue.ts'
import { LINKS_MAX, type Span, type Tracing } from './tracing.ts'

/**
 * Requests traced in a second: anybody may send a `traceparent` that requests it, so further ones are not traced, and counted. A
 * traced request costs some microseconds for each of its spans.
 */
const REQUESTS_PER_SECOND_MAX = 200
/** How long a stop waits for the collector. */
const CLOSE_MS = 2000
const SAMPLED = 1

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
}

/**
 * Traces by OpenTelemetry's own libraries. Nothing is global, and no context is attached to promises: parents are passed
 * explicitly.
 */
export function startTracing({
  exporter,
  service,
  version,
  sample,
  random = Math.random,
  now = Date.now,
  closeMs = CLOSE_MS,
  waitingMax,
}: {
  exporter: SpanExporter
  /** The service name, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` set another. */
  service: string
  version: string
  /** The share of requests that start a trace. */
  sample: number
  /** Uniform in [0, 1). */
  random?: () => number
  now?: () => number
  closeMs?: number
  /** See `spanQueue`. */
  waitingMax?: number
}): Tracing {
  const counters = { exported: 0, failed: 0, dropped: 0, limited: 0 }
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    // Sampling is decided before a span starts: an unsampled one costs nothing.
    sampler: new AlwaysOnSampler(),
    spanLimits: { linkCountLimit: LINKS_MAX, attributeCountLimit: 16, attributeValueLengthLimit: 256 },
    spanProcessors: [spanQueue(exporter, counters, waitingMax === undefined ? {} : { waitingMax })],
  })
  const tracer = provider.getTracer('roar', version)
  const allowance = new Allowance({ perSecond: REQUESTS_PER_SECOND_MAX, burst: REQUESTS_PER_SECOND_MAX })

  return {
    counters,
    request(name, given) {
      const parent = contextOf(given)
      const isSampled = parent === undefined ? random() < sample : (parent.traceFlags & SAMPLED) !== 0
      if (!isSampled) return undefined
      if (!allowance.spend(1, now())) {
        counters.limited++
        return undefined
      }
      const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
      return spanOf(tracer.startSpan(name, { kind: SpanKind.SERVER }, context))
    },
    follow(name, from, { kind = 'internal', sinceMs } = {}) {
      const known = sampledOf(from)
      const [parent, ...others] = known
      if (parent === undefined) return undefined
      const links: Link[] = others.map((context) => ({ context }))
      const options = { kind: KINDS[kind], links, ...(sinceMs === undefined ? {} : { startTime: sinceMs }) }
      return spanOf(tracer.startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, parent)))
    },
    async close() {
      // Its result, and whether it has one, does not matter to a stop.
      const closed = provider.shutdown().catch(() => {})
      let timer: ReturnType<typeof setTimeout> | undefined
      await Promise.race([closed, new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)))])
      clearTimeout(timer)
    },
  }
}

/** The distinct sampled parents, up to a limit. */
function sampledOf(from: Iterable<TraceContext | undefined>): SpanContext[] {
  const bySpan = new Map<string, SpanContext>()
  for (const given of from) {
    const context = contextOf(given)
    if (context === undefined || (context.traceFlags & SAMPLED) === 0) continue
    bySpan.set(context.spanId, context)
    if (bySpan.size > LINKS_MAX) break
  }
  return [...bySpan.values()]
}

/** Parses two headers that anybody may have sent; undefined if invalid (W3C Trace Context section 3.2). */
function contextOf(given: TraceContext | undefined): SpanContext | undefined {
  const bounded = boundedTrace(given?.traceparent, given?.tracestate)
  const parsed = bounded && parseTraceParent(bounded.traceparent)
  if (bounded === undefined || !parsed) return undefined
  const traceState = bounded.tracestate === undefined ? undefined : new TraceState(bounded.tracestate)
  return { ...parsed, isRemote: true, ...(traceState && { traceState }) }
}

function spanOf(span: ReturnType<ReturnType<BasicTracerProvider['getTracer']>['startSpan']>): Span {
  const { traceId, spanId, traceState } = span.spanContext()
  const tracestate = traceState?.serialize() || undefined
  return {
    context: { traceparent: `00-${traceId}-${spanId}-01`, ...(tracestate && { tracestate }) },
    note: (attributes) => void span.setAttributes(attributes),
    end(cause) {
      if (cause !== undefined)
        span.setStatus({
          code: SpanStatusCode.ERROR,
          message: cause instanceof Error ? cause.message : String(cause),
        })
      span.end()
    },
  }
}
