/**
 * Whose trace something belongs to, as W3C Trace Context writes it. It travels beside requests and records, never in them, and
 * nothing that is counted depends on it. Here it always is of a trace that is recorded: who has none has `undefined`.
 */
export interface TraceContext {
  traceparent: string
  tracestate?: string | undefined
}

/** W3C Trace Context section 3.3.1.5: what must be passed on; a longer one is left out. */
const TRACESTATE_CHARS_MAX = 512
/** Version, trace, parent, flags, and room for what a later version may add to them. */
const TRACEPARENT_CHARS_MAX = 128

/** A context out of two fields that anybody may have written; undefined where they are too long to be one. */
export function boundedTrace(
  traceparent: string | null | undefined,
  tracestate: string | null | undefined,
): TraceContext | undefined {
  if (typeof traceparent !== 'string' || traceparent.length > TRACEPARENT_CHARS_MAX) return undefined
  if (typeof tracestate !== 'string' || tracestate.length > TRACESTATE_CHARS_MAX) return { traceparent }
  return { traceparent, tracestate }
}
