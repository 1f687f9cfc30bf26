import type { BunRequest, WebSocketHandler } from 'bun'
import type { Logger } from 'pino'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { isAdmitted, peerAddress } from './address.ts'
import { type AllowedOrigins, isForCallers } from './allowed-origins.ts'
import { answering } from './answering.ts'
import { type FastLane, type FastLaneOptions, LOOPBACK, startFastLane } from './fast-lane/fast-lane.ts'
import { reachableUrl } from './reachable-url.ts'
import { givenRequestId, newRequestId } from './request-id.ts'
import { OTHER, RequestStats, type RouteStats } from './request-stats.ts'
import { requestTracer } from './request-trace.ts'
import { CORS_HEADERS, problemResponse } from './responses.ts'
import { routeFinder } from './route-finder.ts'
import type {
  Admit,
  Handler,
  HttpServer,
  LaneRoute,
  Method,
  Routes,
  StreamRoute,
  UpgradeRoute,
} from './routes.ts'
import { targetOf } from './target.ts'
import type { TlsOptions } from './tls.ts'

/**
 * The runtime's own limit, which it enforces without an explanation. Each call has a far smaller limit of its own, with one: a
 * body is read no further than that, and unread bytes stay in the socket.
 */
const REQUEST_BYTES_MAX = 2 ** 40
/** API calls; pages and operators' calls are not traced. */
const TRACED = '/v1/'
const METHODS: Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const PREFLIGHT = {
  ...CORS_HEADERS,
  'access-control-allow-methods': METHODS.join(', '),
  // Tracing adds headers of its own to every request of a page. W3C's are named for browsers that do not support the wildcard,
  // which in turn does not cover Authorization (Fetch, CORS-preflight fetch, step 7).
  'access-control-allow-headers':
    'authorization, content-type, if-match, if-none-match, last-event-id, x-request-id, traceparent, tracestate, baggage, *',
  'access-control-max-age': '86400',
}

export interface HttpOptions {
  host: string
  /** 0: any free port. */
  port: number
  routes: Routes
  /**
   * A path, such as `/live`, that a proxy may leave in place: all routes exist below it as well as at the root. Default: none.
   */
  prefix?: string
  /**
   * Routes that a fast lane before the server answers. Worth it if most requests are for these: all others pay one extra hop.
   * Default: none, and no lane.
   */
  laneRoutes?: readonly (LaneRoute | StreamRoute)[]
  /**
   * Called for each request, whatever it asks for, but for `POST` requests to the lane's routes. @throws RoarError if it is refused.
   * Default: none is.
   */
  admit?: Admit | undefined
  /** See `FastLaneOptions`. */
  filesMax?: number | undefined
  otherFiles?: (() => number) | undefined
  /** TLS options of the address: TLS is done by a lane, even if it has no routes to answer. Default: no TLS. */
  tls?: TlsOptions | undefined
  /** With `tls`: how long browsers are told to use only TLS, in seconds (RFC 6797). Default 0: they are not told. */
  hstsS?: number
  /** Whose pages may call and connect. Default: everybody's. */
  origins?: AllowedOrigins | undefined
  /** The route whose WebSockets the fast lane hands over itself; all others go to the server. Only with `laneRoutes` or `tls`. */
  upgrade?: UpgradeRoute
  websocket?: WebSocketHandler<unknown>
  /** Whether other processes may listen there, too; the kernel distributes connections. Default false. */
  reusePort?: boolean
  logger: Logger
  /** Default: none. */
  tracing?: Tracing
  /**
   * Seconds without progress after which a connection is cut, checked every few seconds. Default 30. A body that drips a byte now
   * and then makes no progress: a minimum throughput is required.
   */
  idleS?: number
}

export interface Http {
  server: HttpServer
  /** Where this machine reaches it, without a trailing slash. */
  url: string
  /** Requests that ended in a problem, by code. */
  problems: Partial<Record<ErrorCode, number>>
  requests: RequestStats
  fastLane?: FastLane
  /** Finishes requests in progress, refuses new ones on open connections with `draining`, accepts no new connections. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** Serves the routes of all services of this process at one address. @throws when the port is in use */
export function startHttp({
  host,
  port,
  routes,
  prefix = '',
  laneRoutes,
  admit,
  filesMax,
  otherFiles,
  tls,
  hstsS = 0,
  origins,
  upgrade,
  websocket,
  reusePort = false,
  logger,
  tracing = NO_TRACING,
  idleS = 30,
}: HttpOptions): Http {
  let draining = false
  const problems: Partial<Record<ErrorCode, number>> = {}
  const requests = new RequestStats()
  const errorOf = (cause: unknown, requestId: string): RoarError => {
    const error = asRoarError(cause, requestId, logger)
    problems[error.code] = (problems[error.code] ?? 0) + 1
    return error
  }
  const problem = (cause: unknown, request?: Request): Response => {
    const requestId = givenRequestId(request?.headers.get('x-request-id')) ?? newRequestId()
    return problemResponse(errorOf(cause, requestId), requestId)
  }
  const admitting =
    (handler: Handler, path?: string): Handler =>
    (request, server) => {
      if (admit && !isAdmitted(request, server))
        admit({ address: (trust) => peerAddress(request, server, trust) }, path ?? targetOf(request).path)
      return handler(request, server)
    }
  const guard = (handler: Handler, path: string): Handler => {
    const admitted = admitting(handler, path)
    return (request, server) => {
      if (draining) throw new RoarError('draining', 'the server is stopping')
      return admitted(request, server)
    }
  }
  const always: Record<string, string> =
    tls && hstsS > 0 ? { 'strict-transport-security': `max-age=${hstsS}` } : {}
  const all = { ...routes, ...folderOf(prefix) }
  const hasLane = laneRoutes !== undefined || tls !== undefined
  const server = Bun.serve({
    ...(!hasLane ? { hostname: host, port, reusePort } : { hostname: LOOPBACK, port: 0 }),
    maxRequestBodySize: REQUEST_BYTES_MAX,
    idleTimeout: idleS,
    routes: Object.fromEntries(
      Object.entries(all).flatMap(([path, methods]) => {
        const handler = byMethod(path, methods, {
          guard,
          admitting,
          requests,
          problem,
          tracing,
          always,
          origins,
        })
        // Some proxies strip the path before they forward a request, others do not.
        return [...new Set([path, `${prefix}${path}`])].map((at) => [at, handler])
      }),
    ) as Record<string, (request: BunRequest, server: HttpServer) => Response>,
    fetch: answering(admitting(nothingHere), { stats: nowhere(requests), problem, always }),
    // Failures of the runtime itself, such as an unreadable body.
    error: (cause: unknown) => problem(cause),
    ...(websocket === undefined ? {} : { websocket }),
  } as Parameters<typeof Bun.serve>[0]) as HttpServer
  const fastLane = hasLane
    ? layFastLane({
        host,
        port,
        idleS,
        server,
        routes: laneRoutes ?? [],
        prefix,
        stats: (method, path) => requests.route(method, path),
        statsAt: statsFinder(all, prefix, requests),
        admit,
        filesMax,
        otherFiles,
        upgrade,
        ...{ tls, reusePort, always, origins },
        isDraining: () => draining,
        errorOf,
        tracing,
      })
    : undefined
  return {
    server,
    problems,
    requests,
    ...(fastLane && { fastLane }),
    url: reachableUrl({ host, port: (fastLane ?? server).port!, isTls: tls !== undefined }),
    drain: async () => {
      draining = true
      // Only stops listening: requests in progress continue, and awaiting it would wait for every viewer to leave.
      if (fastLane === undefined) void server.stop(false)
      else fastLane.stopListening()
    },
    close: () => (fastLane === undefined ? server.stop(true) : fastLane.close()),
  }
}

/** Redirects to the trailing slash: without it a page's relative names would resolve one level too high. */
const folderOf = (prefix: string): Routes =>
  prefix === ''
    ? {}
    : { [prefix]: { GET: () => new Response(null, { status: 308, headers: { location: `${prefix}/` } }) } }

/** Where a request is counted that no handler sees: as by its handler. */
function statsFinder(
  routes: Routes,
  prefix: string,
  requests: RequestStats,
): (method: string, target: string) => RouteStats {
  const find = routeFinder(Object.keys(routes), prefix)
  return (method, target) => {
    const path = find(target)
    return (path !== undefined && requests.known(method, routeOf(path))) || nowhere(requests)
  }
}

const nowhere = (requests: RequestStats): RouteStats => requests.route('any', 'none')

/** A path as in a call's definition. */
const routeOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')

/** @throws when the address is not available; then nothing listens */
function layFastLane(options: FastLaneOptions): FastLane {
  try {
    return startFastLane(options)
  } catch (cause) {
    void options.server.stop(true)
    throw cause
  }
}

interface RouteOptions {
  /** Refuses while the process drains, and whom nobody may answer. */
  guard: (handler: Handler, path: string) => Handler
  /** Refuses whom nobody may answer. */
  admitting: (handler: Handler, path: string) => Handler
  requests: RequestStats
  problem: (cause: unknown, request: Request) => Response
  tracing: Tracing
  /** Header fields of every answer. */
  always: Record<string, string>
  origins: AllowedOrigins | undefined
}

/** Every method of a path has a handler: the route's, a preflight, or 405. */
function byMethod(
  path: string,
  methods: Routes[string],
  { guard, admitting, requests, problem, tracing, always, origins }: RouteOptions,
): Handler {
  const given = METHODS.flatMap((method) => {
    const handler = methods[method]
    return handler === undefined ? [] : [[method as string, guard(handler, path)] as const]
  })
  // RFC 9110 section 9.3.2; the runtime leaves the body out.
  const all = new Map([...given, ...given.filter(([method]) => method === 'GET').map(headOf)])
  const allow = [...all.keys(), 'OPTIONS'].join(', ')
  const preflight = () => new Response(null, { status: 204, headers: { ...PREFLIGHT, allow } })
  all.set('OPTIONS', admitting(preflight, path))
  const notAllowed: Handler = (request) => {
    const response = problem(new RoarError('method_not_allowed', `allowed: ${allow}`), request)
    response.headers.set('allow', allow)
    return response
  }
  const route = routeOf(path)
  const answered = (handler: Handler, method: string) =>
    answering(handler, {
      stats: requests.route(method, route),
      ...{ problem, always },
      origins: isForCallers(path) ? origins : undefined,
      trace: tracing === NO_TRACING || !path.startsWith(TRACED) ? undefined : tracer(tracing, method, route),
    })
  const handlers = new Map([...all].map(([method, handler]) => [method, answered(handler, method)]))
  const others = answered(admitting(notAllowed, path), OTHER)
  return (request, server) => (handlers.get(request.method) ?? others)(request, server)
}

const tracer = (tracing: Tracing, method: string, route: string) => {
  const begin = requestTracer(tracing, method, route)
  return ({ headers }: Request) => begin(headers.get('traceparent'), headers.get('tracestate'))
}

const headOf = ([, handler]: readonly [string, Handler]) => ['HEAD', handler] as const

const nothingHere: Handler = (request) => {
  // A page must be able to read the problem, so preflights are allowed.
  if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method'))
    return new Response(null, { status: 204, headers: PREFLIGHT })
  throw new RoarError('not_found', `there is nothing at ${targetOf(request).path.slice(0, 200)}`)
}

/** The public error: its code, or `internal` without details. The log has the cause. */
function asRoarError(cause: unknown, requestId: string, logger: Logger): RoarError {
  if (cause instanceof RoarError) return cause
  logger.error({ requestId, err: cause }, 'a request failed')
  return new RoarError('internal', 'internal error; details are in the server log', { cause })
}
