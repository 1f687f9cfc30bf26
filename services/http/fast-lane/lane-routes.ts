import { STATUS_CODES } from 'node:http'
import type { RoarError } from '../../../protocol/errors.ts'
import { isId } from '../../../protocol/ids.ts'
import type { TraceContext } from '../../../protocol/trace-context.ts'
import { NO_TRACING, type Span, type Tracing } from '../../tracing/tracing.ts'
import type { AllowedOrigins } from '../allowed-origins.ts'
import { forwardedAddress, type TrustProxy } from '../forwarded.ts'
import { givenRequestId, newRequestId } from '../request-id.ts'
import type { RouteStats } from '../request-stats.ts'
import { endRequest, requestTracer } from '../request-trace.ts'
import { problemAnswer } from '../responses.ts'
import type { Admit, Answer, LaneRoute, Streaming, StreamRoute, WholeRequest } from '../routes.ts'
import type { Head } from './head.ts'
import type { Lane, Peer, TakenOver } from './peer.ts'
import { lengthOf, type Message } from './write-buffer.ts'

type Params = WholeRequest['params']

/** Other text must be decoded, which the route does. */
const ASCII = /^[\0-\x7f]*$/

export interface LaneRoutesOptions {
  routes: readonly (LaneRoute | StreamRoute)[]
  /** A path below which the routes are, too; '': none. */
  prefix: string
  /** While true the runtime's server answers everything. */
  isDraining: () => boolean
  /** The public error for what a route threw; the log has the cause with the request's id. */
  errorOf: (cause: unknown, requestId: string) => RoarError
  /** The statistics of a route. */
  stats: (method: string, path: string) => RouteStats
  /** The statistics of a request that has no route of the lane. */
  statsAt: (method: string, target: string) => RouteStats
  /** Called for each request that the server would answer, and each for a stream. @throws RoarError if it must not. Default: it may. */
  admit?: Admit | undefined
  /** Headers of every response. Default: none. */
  always?: Record<string, string>
  /** Others' requests get their refusal from the runtime's server. Absent: every page may call. */
  origins?: AllowedOrigins | undefined
  tracing: Tracing
}

/** Answers requests to these routes as HTTP/1.1 messages. @param counters Each request is counted once there. */
export function answerer(
  {
    routes,
    prefix,
    isDraining,
    errorOf,
    stats,
    statsAt,
    tracing,
    always = {},
    origins,
    admit = () => {},
  }: LaneRoutesOptions,
  counters: { answered: number },
): Lane['answer'] {
  const known = routes.map(({ method = 'POST', ...route }) => ({
    route,
    method,
    begin: tracing === NO_TRACING ? undefined : requestTracer(tracing, method, route.path),
    paramsIn: paramsFinder(method === 'GET' ? `${route.path}(?:\\?.*)?` : route.path, prefix),
    stats: stats(method, route.path),
    marked: marker(origins),
    head: headWriter(always),
    message: messageWriter(),
  }))
  type Known = (typeof known)[number]
  type Counted = Pick<Known, 'stats' | 'marked'>
  const markedAway = marker(origins)

  function written(by: Known, answer: Answer, asked: Asked): string | Buffer {
    count(by, answer.status, asked)
    const marked = by.marked(answer, asked.origin)
    return by.message(by.head(marked), marked, asked.requestId)
  }

  /** One that came later: seldom the same as another. */
  function inParts(by: Known, answer: Answer, asked: Asked): Message {
    count(by, answer.status, asked)
    const marked = by.marked(answer, asked.origin)
    return { head: withId(by.head(marked), asked.requestId), body: marked.body }
  }

  /** Without a length: the body ends with the connection. */
  function streamed(by: Known, { headers, open }: Streaming, asked: Asked): TakenOver {
    const { requestId, origin } = asked
    count(by, 200, asked)
    const answer = by.marked({ status: 200, headers, body: '' }, origin)
    const own = { connection: 'close', ...(requestId !== undefined && { 'x-request-id': requestId }) }
    const head = headOf({ ...answer, headers: { ...answer.headers, ...own } }, Date.now(), always)
    return { answer: `${head}\r\n`, open }
  }

  function refused(by: Counted, cause: unknown, asked: Asked): string | Buffer {
    const { requestId = newRequestId(), origin } = asked
    const problem = problemAnswer(errorOf(cause, requestId), requestId)
    count(by, problem.status, { ...asked, requestId })
    return bytesOf(messageOf(by.marked(problem, origin), Date.now(), always))
  }

  function count({ stats }: Counted, status: number, { requestId, span, startedMs }: Asked): void {
    counters.answered++
    stats.observe(status, performance.now() - startedMs, span?.context)
    if (span !== undefined) endRequest(span, status, requestId)
  }

  async function later(
    by: Known,
    coming: Promise<Answer | Streaming>,
    asked: Asked,
  ): Promise<string | Buffer | Message | TakenOver> {
    try {
      const answer = await coming
      return 'open' in answer ? streamed(by, answer, asked) : inParts(by, answer, asked)
    } catch (cause) {
      return refused(by, cause, asked)
    }
  }

  function answerBy(
    by: Known,
    params: Params,
    body: string,
    head: Head,
    peer: Peer,
  ): ReturnType<Lane['answer']> {
    const startedMs = performance.now()
    const { origin } = head
    const span = by.begin?.(head.traceparent, head.tracestate)
    const asked = { requestId: givenRequestId(head.requestId), origin, span, startedMs }
    try {
      const answer = by.route.answer(new LaneRequest(params, body, head, peer, span?.context))
      // The server answers, and traces it.
      if (answer === undefined) return undefined
      return answer instanceof Promise ? later(by, answer, asked) : written(by, answer, asked)
    } catch (cause) {
      return refused(by, cause, asked)
    }
  }

  /** Undefined: the server answers. */
  function turnAway(head: Head, peer: Peer): string | Buffer | undefined {
    const startedMs = performance.now()
    try {
      admit({ address: (trust) => forwardedAddress(trust, head) ?? peer.address }, head.target)
      return undefined
    } catch (cause) {
      const isAllowed = origins?.allow(head.origin, head.host) !== false
      const by = { stats: statsAt(head.method, head.target), marked: markedAway }
      return refused(by, cause, {
        requestId: givenRequestId(head.requestId),
        origin: isAllowed ? head.origin : undefined,
        span: undefined,
        startedMs,
      })
    }
  }

  const answer: Lane['answer'] = (head, body, peer) => {
    const method = head.bodyLength === 0 ? 'GET' : 'POST'
    if (head.method !== method) return undefined
    for (const by of known) {
      const params = by.method === method ? by.paramsIn(head.target) : undefined
      if (params === undefined) continue
      if (isDraining() || !ASCII.test(body) || origins?.allow(head.origin, head.host) === false)
        return undefined
      return (by.method === 'GET' && turnAway(head, peer)) || answerBy(by, params, body, head, peer)
    }
    return undefined
  }

  return (head, body, peer) => answer(head, body, peer) ?? turnAway(head, peer)
}

/** What an answer needs of its request, whose head is gone by then. */
interface Asked {
  requestId: string | undefined
  origin: string | undefined
  span: Span | undefined
  startedMs: number
}

/** The same answer for the same origin is the same object again, as `messageWriter` wants it. */
function marker(origins: AllowedOrigins | undefined): (answer: Answer, origin: string | undefined) => Answer {
  if (origins === undefined) return (answer) => answer
  let last: Answer | undefined
  let lastOrigin: string | undefined
  let marked: Answer
  return (answer, origin) => {
    if (answer !== last || origin !== lastOrigin) marked = origins.marked(answer, origin)
    last = answer
    lastOrigin = origin
    return marked
  }
}

class LaneRequest implements WholeRequest {
  readonly params: Params
  readonly body: string
  readonly trace: TraceContext | undefined
  readonly #head: Head
  readonly #peer: Peer

  constructor(params: Params, body: string, head: Head, peer: Peer, trace: TraceContext | undefined) {
    this.params = params
    this.body = body
    this.trace = trace
    this.#head = head
    this.#peer = peer
  }

  get target(): string {
    return this.#head.target
  }

  get authorization(): string | undefined {
    return this.#head.authorization
  }

  address(trust: TrustProxy): string {
    return forwardedAddress(trust, this.#head) ?? this.#peer.address
  }
}

/**
 * Extracts parameters from targets of a path like `/v1/shows/{show}/reactions`; undefined for another path, or an invalid id.
 * Most requests of a process have the same target as the one before.
 */
function paramsFinder(path: string, prefix: string): (target: string) => Params | undefined {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!)
  const form = new RegExp(`^(?:${RegExp.escape(prefix)})?${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`)
  let lastTarget = ''
  let lastParams: Params | undefined
  return (target) => {
    if (target === lastTarget) return lastParams
    const found = form.exec(target)?.slice(1)
    if (found === undefined || !found.every(isId)) return undefined
    lastTarget = target
    lastParams = Object.fromEntries(names.map((name, at) => [name, found[at]!]))
    return lastParams
  }
}

/** Within one second responses with the same status and headers have an equal head. */
function headWriter(always: Record<string, string>): (answer: Answer) => string {
  let last: Answer | undefined
  let head = ''
  let untilMs = 0
  return (answer) => {
    const now = Date.now()
    const isPast = now >= untilMs || now < untilMs - 1000
    if (isPast || answer.headers !== last?.headers || answer.status !== last.status) {
      untilMs = now - (now % 1000) + 1000
      head = headOf(answer, now, always)
      last = answer
    }
    return head
  }
}

/** The same answer under the same head has equal bytes. */
function messageWriter(): (head: string, answer: Answer, requestId: string | undefined) => string | Buffer {
  let last: Answer | undefined
  let lastHead = ''
  let bytes: string | Buffer = ''
  return (head, answer, requestId) => {
    if (requestId !== undefined) return bytesOf(withBody(withId(head, requestId), answer.body))
    if (answer !== last || head !== lastHead) {
      bytes = bytesOf(withBody(head, answer.body))
      last = answer
      lastHead = head
    }
    return bytes
  }
}

const withId = (head: string, requestId: string | undefined): string =>
  requestId === undefined ? head : head.replace('\r\nDate: ', `\r\nX-Request-Id: ${requestId}$&`)

/** An HTTP/1.1 message in the form of the runtime's server. */
const messageOf = (answer: Answer, now: number, always: Record<string, string>): string =>
  withBody(headOf(answer, now, always), answer.body)

/** The part that responses with one status and the same headers share. */
function headOf({ status, headers }: Answer, now: number, always: Record<string, string>): string {
  const fields = { ...headers, ...always, date: new Date(now).toUTCString() }
  const lines = Object.entries(fields).map(([name, value]) => `${titled(name)}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}`
}

const withBody = (head: string, body: string): string => `${head}${lengthOf(Buffer.byteLength(body))}${body}`

const titled = (name: string): string => name.replace(/(?<![^-])[a-z]/g, (letter) => letter.toUpperCase())

/** A text is sent unchanged if each character is a byte. */
const bytesOf = (text: string): string | Buffer =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text)
