import { boundedTrace, type TraceContext } from '../../protocol/trace-context.ts'
import type { Span, Tracing } from '../tracing/tracing.ts'

const spans = new WeakMap<Request, Span>()

/** Marks a request as traced. */
export const setSpan = (request: Request, span: Span): void => void spans.set(request, span)

/** For work caused by the request; undefined if it is not traced. */
export const traceOf = (request: Request): TraceContext | undefined => spans.get(request)?.context

/**
 * Starts the spans of a route's requests, named by OpenTelemetry's HTTP conventions. It receives the request's raw trace headers.
 * Undefined: not sampled.
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

/** Named by OpenTelemetry's HTTP conventions. @param requestId The request's id in the log, if any. */
export function endRequest(span: Span, status: number, requestId: string | undefined): void {
  span.note({
    'http.response.status_code': status,
    ...(requestId !== undefined && { 'http.request.header.x-request-id': requestId }),
  })
  // A refusal is the client's mistake, not a failure of the server.
  span.end(status >= 500 ? `status ${status}` : undefined)
}
