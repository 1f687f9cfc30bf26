import { RoarError } from '../../protocol/errors.ts'
import type { Span } from '../tracing/tracing.ts'
import type { AllowedOrigins } from './allowed-origins.ts'
import { givenRequestId } from './request-id.ts'
import type { RouteStats } from './request-stats.ts'
import { endRequest, setSpan } from './request-trace.ts'
import type { Handler } from './routes.ts'

export interface AnsweringOptions {
  /** Where the outcomes of requests are counted. */
  stats: RouteStats
  /** The response for what a handler threw; counted. */
  problem: (cause: unknown, request: Request) => Response
  /** Starts the span of a request. Absent: no tracing. */
  trace?: ((request: Request) => Span | undefined) | undefined
  /** Headers of every response. Default: none. */
  always?: Record<string, string>
  /** Absent: every page may call. */
  origins?: AllowedOrigins | undefined
}

/** What all handlers share: HTTP checks, problem responses, counts, the request's id. */
export function answering(
  handler: Handler,
  { stats, problem, trace, always = {}, origins }: AnsweringOptions,
): Handler {
  const fields = Object.entries(always)
  return (request, server) => {
    const startedMs = performance.now()
    const span = trace?.(request)
    if (span !== undefined) setSpan(request, span)
    const finish = <Answer extends Response | undefined>(answer: Answer): Answer => {
      // An upgrade has no response of ours.
      stats.observe(answer?.status ?? 101, performance.now() - startedMs, span?.context)
      if (answer !== undefined) mark(answer, request, origins)
      for (const [name, value] of fields) answer?.headers.set(name, value)
      if (span !== undefined)
        endRequest(span, answer?.status ?? 101, answer?.headers.get('x-request-id') ?? undefined)
      return answer
    }
    try {
      checkHost(request)
      origins?.check(request)
      const answer = handler(request, server)
      return answer instanceof Promise
        ? answer.then(
            (done) => finish(done ?? undefined),
            (cause) => finish(problem(cause, request)),
          )
        : finish(answer ?? undefined)
    } catch (cause) {
      return finish(problem(cause, request))
    }
  }
}

/**
 * RFC 9112 section 3.2: an invalid or repeated Host is refused. The runtime joins two with a comma, and gives only the path if it
 * cannot build a URL.
 */
function checkHost({ url, headers }: Request): void {
  const host = headers.get('host')
  if (host !== null && (url.startsWith('/') || host.includes(',')))
    throw new RoarError('bad_request', 'the Host header is not valid')
}

function mark({ headers }: Response, request: Request, origins: AllowedOrigins | undefined): void {
  origins?.mark(headers, request)
  const id = request.headers.get('x-request-id')
  if (id !== null && givenRequestId(id) !== undefined) headers.set('x-request-id', id)
  // The runtime parses whatever follows the last chunk of a body as the next request, even a trailer (RFC 9112 section 7.1.2),
  // and answers with 400: on a connection that a balancer shares that is another client's response.
  if (request.headers.has('transfer-encoding')) headers.set('connection', 'close')
}
