import type { TraceContext } from '../../protocol/trace-context.ts'

/** A span of a trace. */
export interface Span {
  /** The parent of work caused by it. */
  readonly context: TraceContext
  /** Adds attributes, such as a status. */
  note(attributes: Record<string, string | number>): void
  /** @param cause Why it failed. Default: it did not. */
  end(cause?: unknown): void
}

/** `server`: answers a request. `producer`, `consumer`: appends to the log, reads from it. */
type SpanKind = 'server' | 'producer' | 'consumer' | 'internal'

export interface TracingCounters {
  /** Spans accepted by the collector. */
  exported: number
  /** Spans that it refused, or did not accept in time. */
  failed: number
  /** Spans dropped beyond the queue's limit. */
  dropped: number
  /** Requests not traced beyond the limit of a second. */
  limited: number
}

/**
 * Where spans go. A trace begins with a request, or continues the request's own; follow-up work joins existing traces, so an
 * untraced tap or vote costs no more than an `undefined`.
 */
export interface Tracing {
  readonly counters: TracingCounters
  /** Starts the span of a request. Undefined: not sampled. @param given The request's trace headers; invalid ones are ignored. */
  request(name: string, given: TraceContext | undefined): Span | undefined
  /**
   * Starts a span for work done for several traces at once: a child of the first and linked to the others, up to a limit.
   * Undefined: there are none.
   */
  follow(
    name: string,
    from: Iterable<TraceContext | undefined>,
    options?: { kind?: SpanKind; sinceMs?: number | undefined },
  ): Span | undefined
  /** Exports what waits, for a bounded time. */
  close(): Promise<void>
}

/** Traces linked to one piece of work; beyond it links are left out. */
export const LINKS_MAX = 32

export const NO_TRACING: Tracing = {
  counters: { exported: 0, failed: 0, dropped: 0, limited: 0 },
  request: () => undefined,
  follow: () => undefined,
  close: async () => {},
}
