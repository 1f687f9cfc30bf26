import { boundedTrace, type TraceContext } from '../../protocol/trace-context.ts'
import type { Span } from '../tracing/tracing.ts'

const spans = new WeakMap<Request, Span>()

/** The request is being traced. */
export const setSpan = (request: Request, span: Span): void => void spans.set(request, span)

/** For what follows from the request; undefined where it is in no trace. */
export const traceOf = (request: Request): TraceContext | undefined => spans.get(request)?.context

/** What the fields of a request say of its trace, whatever it is. */
export const traceIn = (fields: {
  traceparent: string | null | undefined
  tracestate: string | null | undefined
}): TraceContext | undefined => boundedTrace(fields.traceparent, fields.tracestate)

/** By the names of OpenTelemetry's conventions for HTTP. @param requestId What the request is called in the log, where it has a name. */
export function endRequest(span: Span, status: number, requestId: string | undefined): void {
  span.note({
    'http.response.status_code': status,
    ...(requestId !== undefined && { 'http.request.header.x-request-id': requestId }),
  })
  // A refusal is the client's mistake and no failure of ours.
  span.end(status >= 500 ? `status ${status}` : undefined)
}
