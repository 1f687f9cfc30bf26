/**
 * The trace of a request or record, in W3C Trace Context form. It travels beside requests and records, never inside, and nothing
 * counted depends on it. Only recorded traces have one; otherwise it is `undefined`.
 */
export interface TraceContext {
  traceparent: string
  tracestate?: string | undefined
}

/** W3C Trace Context section 3.3.1.5: what must be passed on; a longer one is dropped. */
const TRACESTATE_CHARS_MAX = 512
/** Version, trace, parent, flags, and room for additions of later versions. */
const TRACEPARENT_CHARS_MAX = 128

/** A context from two fields that anybody may have written; undefined if they are too long. */
export function boundedTrace(
  traceparent: string | null | undefined,
  tracestate: string | null | undefined,
): TraceContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > TRACEPARENT_CHARS_MAX) return undefined
  if (typeof tracestate !== 'string' || tracestate.length > TRACESTATE_CHARS_MAX) return { traceparent }
  return { traceparent, tracestate }
}
