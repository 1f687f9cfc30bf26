import { RoarError } from '../../protocol/errors.ts'
import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import { TOPIC, TOPIC_ROOT } from '../../protocol/topics.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Handler, StreamRoute } from '../http/routes.ts'
import { targetOf } from '../http/target.ts'
import { admitFilter } from './admission.ts'
import type { EdgeContext, TokenClaims } from './context.ts'
import { countRefused } from './counters.ts'
import { openEventSocket } from './event-socket.ts'
import { type Admitted, EventStream, ResponseTransport } from './event-stream.ts'
import { tokenIn, type Visitor } from './http-door.ts'
import { audienceOf, type FallbackContext } from './mood-route.ts'
import { type Origins, spend } from './origins.ts'

/** Several heartbeats; the runtime's own limit for a quiet response is 10 s. */
const QUIET_S_MAX = 30

/** Everything of the show except rooms and segments' moods. */
const DEFAULT_TOPICS = ['mood', 'feed', 'show', 'viewers', 'polls/+']

const HEADERS = {
  ...CORS_HEADERS,
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Otherwise nginx buffers the response.
  'x-accel-buffering': 'no',
}

type EventsContext = Omit<FallbackContext, 'windowMs' | 'upgrade'>

/** `GET /v1/shows/{show}/events`: the same packets for clients that cannot hold a WebSocket. */
export function eventsRoute(events: EventsContext): Handler {
  const { context, door } = events
  return async (request, server) => {
    const admitted = await admit(events, request, door.visitor(request, server))
    server.timeout(request, QUIET_S_MAX)
    const transport = new ResponseTransport(context.limits)
    new EventStream(context, { transport, ...admitted })
    return new Response(transport.stream, { headers: HEADERS })
  }
}

/** The same where a fast lane hands over the socket. */
export const eventsInLane = (
  path: string,
  { trustProxy, ...events }: EventsContext & { trustProxy: TrustProxy },
): StreamRoute => ({
  method: 'GET',
  path,
  async answer(request) {
    const { params, target: url, authorization } = request
    const token = tokenIn(authorization, targetOf({ url }).query)
    const admitted = await admit(events, { url, params }, { address: request.address(trustProxy), token })
    return { headers: HEADERS, open: (socket) => openEventSocket(events.context, socket, admitted) }
  },
})

/** In its turn. @throws RoarError why no stream may be opened */
async function admit(
  { context, door, ...questions }: EventsContext,
  request: { url: string; params: Readonly<Record<string, string>> },
  visitor: Visitor,
): Promise<Admitted> {
  await context.opening()
  const { show, segment } = audienceOf(request, questions)
  const claims = await door.claimsOf(visitor, show)
  const filters = filtersOf(request, context, { show, segment, claims })
  const origins = door.admit(visitor)
  charge(context, origins, filters)
  return { origins, claims, filters }
}

/** Matching filters is charged to the address, as in an MQTT session. @throws RoarError too_many_requests */
function charge(
  { topics, counters, passedMs }: EdgeContext,
  origins: Origins,
  filters: Iterable<string>,
): void {
  let steps = 0
  for (const filter of filters) steps += topics.addCost(filter)
  if (spend(origins, 'work', steps, passedMs())) return
  countRefused(counters, 'work')
  throw new RoarError('too_many_requests', 'too many topics were requested from this address', {
    retryAfterS: Math.max(...origins.map((origin) => Math.ceil(origin.waitMs('work', passedMs()) / 1000))),
  })
}

/**
 * The requested topics as MQTT filters. Throws `unknown_topic` for one that a show cannot have, or that MQTT would refuse, too;
 * `bad_request` for too many.
 */
function filtersOf(
  request: { url: string },
  context: EdgeContext,
  { show, segment, claims }: { show: string; segment: string; claims: TokenClaims },
): Set<string> {
  const ofShow = (topic: string): string => `${TOPIC_ROOT}/${show}/${topic}`
  const wanted = targetOf(request).query.get('topics')
  const topics = wanted?.split(',') ?? [...DEFAULT_TOPICS, ...(segment === '' ? [] : [`mood/${segment}`])]
  const { subscriptionsMax } = context.limits
  if (topics.length > subscriptionsMax)
    throw new RoarError('bad_request', `at most ${subscriptionsMax} topics`)
  for (const topic of topics) {
    if (!TOPIC.test(topic) || !isAdmitted(context, claims, ofShow(topic)))
      throw new RoarError('unknown_topic', `The show has no topic ${JSON.stringify(topic.slice(0, 64))}`)
  }
  return new Set(topics.map(ofShow))
}

/** A stream has the rights of an MQTT 3.1.1 session. */
function isAdmitted(context: EdgeContext, claims: TokenClaims, filter: string): boolean {
  try {
    return admitFilter(context, { version: 4, relay: false, claims }, filter) === REASON.success
  } catch (cause) {
    if (cause instanceof MqttError) return false
    throw cause
  }
}
