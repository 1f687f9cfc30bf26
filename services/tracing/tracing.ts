import type { TraceContext } from '../../protocol/trace-context.ts'

/** A piece of work of a trace. */
export interface Span {
  /** For what follows from it. */
  readonly context: TraceContext
  /** Says what is known of it by now, such as a status. */
  note(attributes: Record<string, string | number>): void
  /** @param cause Why it failed. Default: it did not. */
  end(cause?: unknown): void
}

/** `server`: answers a request. `producer`, `consumer`: appends to the log, reads from it. */
type SpanKind = 'server' | 'producer' | 'consumer' | 'internal'

export interface TracingCounters {
  /** Spans that the collector has taken. */
  exported: number
  /** Spans that it refused, or did not take in time. */
  failed: number
  /** Spans beyond the bound of those that wait for it. */
  dropped: number
  /** Requests that were to be traced, beyond the bound of a second. */
  limited: number
}

/**
 * Where spans go. A trace begins with a request, or is the one that the request came with; whatever follows belongs to the
 * traces that are there, so `undefined` is all that an untraced tap or vote ever costs.
 */
export interface Tracing {
  readonly counters: TracingCounters
  /** Begins the span of a request. Undefined: it is not sampled. @param given What the request says of its trace; whatever is none is ignored. */
  request(name: string, given: TraceContext | undefined): Span | undefined
  /**
   * Begins a span of work that is done for several traces at once: it is a child of the first and linked to the others, so
   * many at most. Undefined: it is done for none.
   */
  follow(
    name: string,
    from: Iterable<TraceContext | undefined>,
    options?: { kind?: SpanKind; sinceMs?: number | undefined },
  ): Span | undefined
  /** Exports what waits, for a bounded time. */
  close(): Promise<void>
}

/** Traces that one piece of work is linked to; of more it is not said that they are in it. */
export const LINKS_MAX = 32

export const NO_TRACING: Tracing = {
  counters: { exported: 0, failed: 0, dropped: 0, limited: 0 },
  request: () => undefined,
  follow: () => undefined,
  close: async () => {},
}
