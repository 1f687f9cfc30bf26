/** As OTLP has it in JSON (opentelemetry-proto, trace/v1), as far as tests look. */
export interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  links?: { traceId: string; spanId: string }[]
  attributes?: { key: string; value: { stringValue?: string; intValue?: number } }[]
  status?: { code?: number }
}

interface Export {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[]
}

/** `hang`: takes a request and never answers. `refuse`: 400. `lie`: 200, and an answer that is none and does not end. */
type Manner = 'take' | 'hang' | 'refuse' | 'lie'

/** A receiver of OTLP over HTTP within the test, which behaves as it is told. */
export function startCollector(manner: Manner = 'take') {
  const spans: OtlpSpan[] = []
  let waiting: (() => void)[] = []
  const heard = (): Promise<void> => new Promise((wake) => waiting.push(wake))
  let requests = 0
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    routes: {
      '/v1/traces': {
        async POST(request) {
          requests++
          const body = (await request.json()) as Export
          for (const wake of waiting.splice(0)) wake()
          if (manner === 'hang') return new Promise<Response>(() => {})
          if (manner === 'refuse') return new Response('no', { status: 400 })
          if (manner === 'lie')
            return new Response(
              new ReadableStream({
                pull: async (stream) => {
                  stream.enqueue(new Uint8Array(2 ** 16).fill(120))
                  await new Promise((turn) => setTimeout(turn, 1))
                },
              }),
            )
          spans.push(
            ...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
          )
          return Response.json({ partialSuccess: {} })
        },
      },
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    spans,
    requests: () => requests,
    /** Spans of a trace, once they are as a test wants them. */
    async trace(traceId: string, isWhole: (spans: OtlpSpan[]) => boolean): Promise<OtlpSpan[]> {
      for (;;) {
        const own = spans.filter((span) => span.traceId === traceId)
        if (isWhole(own)) return own
        await heard()
      }
    },
    heard,
    [Symbol.asyncDispose]: async () => {
      waiting = []
      await server.stop(true)
    },
  }
}

/** The names of spans from the first of a trace to one of its last, along who began whom. */
export function wayTo(spans: OtlpSpan[], name: string): string[] {
  const way: string[] = []
  let span = spans.find((each) => each.name === name)
  while (span !== undefined) {
    way.unshift(span.name)
    const { parentSpanId } = span
    span = spans.find(({ spanId }) => spanId === parentSpanId)
  }
  return way
}
