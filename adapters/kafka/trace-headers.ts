import { boundedTrace, type TraceContext } from '../../protocol/trace-context.ts'

/** The header names of W3C for HTTP, which OpenTelemetry's conventions also use for Kafka. */
const NAMES = (['traceparent', 'tracestate'] as const).map((text) => ({ text, bytes: Buffer.from(text) }))
/** Lengths and names of both headers. */
const OVERHEAD_BYTES = 32

export const traceHeaders = (trace: TraceContext): Map<Buffer, Buffer> =>
  new Map(
    NAMES.flatMap(({ text, bytes }): [Buffer, Buffer][] => {
      const value = trace[text]
      return value === undefined ? [] : [[bytes, Buffer.from(value)]]
    }),
  )

/** Their size in a batch, slightly overestimated. */
export const traceBytes = (trace: TraceContext | undefined): number =>
  trace === undefined ? 0 : OVERHEAD_BYTES + trace.traceparent.length + (trace.tracestate?.length ?? 0)

/** How many headers of a record are examined: anybody may have written it. */
const HEADERS_READ = 16

export function traceIn(headers: [Buffer | null, Buffer | null][]): TraceContext | undefined {
  const read = headers.slice(0, HEADERS_READ)
  const [traceparent, tracestate] = NAMES.map((wanted) =>
    read.find(([name]) => name?.equals(wanted.bytes))?.[1]?.toString('latin1'),
  )
  return boundedTrace(traceparent, tracestate)
}
