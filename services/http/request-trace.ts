import { boundedTrace, type TraceContext } from '../../protocol/trace-context.ts'
import type { Span, Tracing } from '../tracing/tracing.ts'

const spans = new WeakMap<Request, Span>()

/** The request is being traced. */
export const setSpan = (request: Request, span: Span): void => void spans.set(request, span)

/** For what follows from the request; undefined where it is in no trace. */
export const traceOf = (request: Request): TraceContext | undefined => spans.get(request)?.context

/**
 * Begins the spans of a route's requests, by the names of OpenTelemetry's conventions for HTTP, whoever reads the request. It is
 * given what the fields of a request say of its trace, whatever that is. Undefined: the request is not sampled.
 */
export function requestTracer(tracing: Tracing, method: string, route: string) {
  const [name, attributes] = [`${method} ${route}`, { 'http.request.method': method, 'http.route': route }]
  return (
    traceparent: string | null | undefined,
    tracestate: string | null | undefined,
  ): Span | undefined => {
    const span = tracing.request(name, boundedTrace(traceparent, tracestate))
    span?.note(attributes)
    return span
  }
}

/** By the names of OpenTelemetry's conventions for HTTP. @param requestId What the request is called in the log, where it has a name. */
export function endRequest(span: Span, status: number, requestId: string | undefined): void {
  span.note({
    'http.response.status_code': status,
    ...(requestId !== undefined && { 'http.request.header.x-request-id': requestId }),
  })
  // A refusal is the client's mistake and no failure of ours.
  span.end(status >= 500 ? `status ${status}` : undefined)
}
