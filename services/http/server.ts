import type { BunRequest, WebSocketHandler } from 'bun'
import type { Logger } from 'pino'
import { isOutage } from '../../adapters/store/outage.ts'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import { STUDIO_BODY_BYTES_MAX } from '../../protocol/limits.ts'
import { type FastLane, type FastLaneOptions, LOOPBACK, startFastLane } from './fast-lane/fast-lane.ts'
import { CORS_HEADERS, problemResponse } from './responses.ts'
import type { AtOnceRoute, Handler, HttpServer, Method, Routes, UpgradeRoute } from './routes.ts'
import { targetOf } from './target.ts'

/** Bodies that do not say their length are cut here by the runtime; each call's own limit is below. */
const REQUEST_BYTES_MAX = 2 * STUDIO_BODY_BYTES_MAX
const METHODS: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const PREFLIGHT = {
  ...CORS_HEADERS,
  'access-control-allow-methods': METHODS.join(', '),
  // The last three are W3C Trace Context and Baggage: a page with OpenTelemetry adds them to every request.
  'access-control-allow-headers':
    'authorization, content-type, if-match, if-none-match, last-event-id, traceparent, tracestate, baggage',
  'access-control-max-age': '86400',
}

export interface HttpOptions {
  host: string
  /** 0: any free port. */
  port: number
  routes: Routes
  /**
   * The one route for which a fast lane is laid before the server. Worth it where most requests are for this route: what
   * passes to the server costs one hop more.
   */
  atOnce?: AtOnceRoute
  /** Whose WebSockets the fast lane hands over itself; all others are the server's. Only with `atOnce`. */
  upgrade?: UpgradeRoute
  websocket?: WebSocketHandler<unknown>
  /** Other processes may listen there as well, and the kernel shares the connections out. Default false; not with `atOnce`. */
  reusePort?: boolean
  logger: Logger
  /**
   * Seconds without progress after which a connection is cut, looked at every few seconds. Default 30. A body that drips
   * a byte now and then is no progress: the server wants a minimum throughput of it.
   */
  idleS?: number
}

export interface Http {
  server: HttpServer
  /** The address it listens on, without a slash at the end. */
  url: string
  /** Requests that ended in a problem, by code. */
  problems: Partial<Record<ErrorCode, number>>
  fastLane?: FastLane
  /** Answers what is in hand, refuses what comes on open connections with `draining`, accepts no new ones. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** Joins the routes of all services of this process under one address. @throws when the port is taken. */
export function startHttp({
  host,
  port,
  routes,
  atOnce,
  upgrade,
  websocket,
  reusePort = false,
  logger,
  idleS = 30,
}: HttpOptions): Http {
  let draining = false
  const problems: Partial<Record<ErrorCode, number>> = {}
  const errorOf = (cause: unknown): RoarError => {
    const error = asRoarError(cause, logger)
    problems[error.code] = (problems[error.code] ?? 0) + 1
    return error
  }
  const problem = (cause: unknown): Response => problemResponse(errorOf(cause))
  const guard =
    (handler: Handler): Handler =>
    (request, server) =>
      draining ? problem(new RoarError('draining', 'the server is stopping')) : handler(request, server)
  const server = Bun.serve({
    ...(atOnce === undefined ? { hostname: host, port, reusePort } : { hostname: LOOPBACK, port: 0 }),
    maxRequestBodySize: REQUEST_BYTES_MAX,
    idleTimeout: idleS,
    routes: Object.fromEntries(
      Object.entries(routes).map(([path, methods]) => [path, byMethod(methods, { guard, problem })]),
    ) as Record<string, (request: BunRequest, server: HttpServer) => Response>,
    fetch: whole(nothingHere, problem),
    // What a handler throws, and what its promise rejects with, ends here.
    error: problem,
    ...(websocket === undefined ? {} : { websocket }),
  } as Parameters<typeof Bun.serve>[0]) as HttpServer
  const fastLane =
    atOnce &&
    layFastLane({ host, port, idleS, server, route: atOnce, upgrade, isDraining: () => draining, errorOf })
  return {
    server,
    problems,
    ...(fastLane && { fastLane }),
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(fastLane ?? server).port}`,
    drain: async () => {
      draining = true
      // Only stops listening: what is in hand goes on, and the promise would wait for every viewer to leave.
      if (fastLane === undefined) void server.stop(false)
      else fastLane.stopListening()
    },
    close: () => (fastLane === undefined ? server.stop(true) : fastLane.close()),
  }
}

/** @throws when the address can not be had; then nothing listens. */
function layFastLane(options: FastLaneOptions): FastLane {
  try {
    return startFastLane(options)
  } catch (cause) {
    void options.server.stop(true)
    throw cause
  }
}

interface MethodOptions {
  guard: (handler: Handler) => Handler
  /** The answer for an error, counted. */
  problem: (cause: unknown) => Response
}

/** Every method of a path has an answer: its handler, a preflight, or 405. */
function byMethod(methods: Routes[string], { guard, problem }: MethodOptions): Handler {
  const handlers = new Map<string, Handler>()
  for (const method of METHODS) {
    const handler = methods[method]
    if (handler !== undefined) handlers.set(method, guard(handler))
  }
  // RFC 9110 section 9.3.2; the runtime leaves the body out.
  const get = handlers.get('GET')
  if (get !== undefined) handlers.set('HEAD', get)
  const allow = [...handlers.keys(), 'OPTIONS'].join(', ')
  handlers.set('OPTIONS', () => new Response(null, { status: 204, headers: { ...PREFLIGHT, allow } }))
  const notAllowed = (): Response => {
    const response = problem(new RoarError('method_not_allowed', `allowed: ${allow}`))
    response.headers.set('allow', allow)
    return response
  }
  return whole((request, server) => (handlers.get(request.method) ?? notAllowed)(request, server), problem)
}

const nothingHere: Handler = (request) => {
  throw new RoarError('not_found', `nothing is at ${targetOf(request).path.slice(0, 200)}`)
}

/** Refuses what is wrong with a message as HTTP, whatever it asks for, and keeps its end apart from the next one. */
function whole(handler: Handler, problem: (cause: unknown) => Response): Handler {
  return (request, server) => {
    checkHost(request)
    return request.headers.has('transfer-encoding')
      ? endingConnection(() => handler(request, server), problem)
      : handler(request, server)
  }
}

/**
 * RFC 9112 section 3.2: a Host that is none, and two of them, are refused. The runtime joins two with a comma, and leaves the
 * path alone where it cannot make an address of what it got.
 */
function checkHost({ url, headers }: Request): void {
  const host = headers.get('host')
  if (host !== null && (url.startsWith('/') || host.includes(',')))
    throw new RoarError('bad_request', 'Host is not a host')
}

/**
 * The runtime reads what follows the last chunk of a body as the next request, also where it is a trailer (RFC 9112 section
 * 7.1.2), and answers it with 400: on a connection that a balancer shares that would be another client's answer.
 */
async function endingConnection(
  answer: () => ReturnType<Handler>,
  problem: (cause: unknown) => Response,
): Promise<Response | undefined> {
  let response: Response | undefined
  try {
    response = (await answer()) ?? undefined
  } catch (cause) {
    response = problem(cause)
  }
  response?.headers.set('connection', 'close')
  return response
}

/** What the outside hears of a failure: its code, or `internal` and nothing more. The log has the cause. */
function asRoarError(cause: unknown, logger: Logger): RoarError {
  if (cause instanceof RoarError) return cause
  if (isOutage(cause)) {
    // Without its trace: the store is at fault and no line of ours.
    logger.warn({ reason: (cause as Error).message }, 'the store failed a request')
    return new RoarError('store_unavailable', 'the store cannot do this now', { cause })
  }
  logger.error({ err: cause }, 'a request failed')
  return new RoarError('internal', 'the server made a mistake; it is in its log', { cause })
}
