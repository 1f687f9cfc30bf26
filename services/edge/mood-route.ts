import type { BunRequest } from 'bun'
import * as v from 'valibot'
import { RoarError } from '../../protocol/errors.ts'
import { isId } from '../../protocol/ids.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { moodTopic } from '../../protocol/topics.ts'
import { answer, call } from '../http/call/call.ts'
import { component, count, DAY_MS, id, real, time, whole } from '../http/call/schemas.ts'
import { cacheableResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import { targetOf } from '../http/target.ts'
import type { EdgeContext } from './context.ts'
import { type HttpDoor, standbyRefused } from './http-door.ts'

/** What a route asks about shows. */
export interface ShowQuestions extends Pick<EdgeContext, 'showExists' | 'isInStep'> {
  segmentExists: (show: string, segment: string) => boolean
}

/** What the calls for clients without an MQTT connection share. */
export interface FallbackContext extends ShowQuestions {
  context: EdgeContext
  door: HttpDoor
  /** The interval of mood packets, in milliseconds. */
  windowMs: number
  /** Upgrades to MQTT over WebSocket. */
  upgrade: Handler
}

/** The show and the segment that a request names. Throws `unknown_show`, `catching_up` or `unknown_segment`. */
export function audienceOf(
  request: { url: string; params: Record<string, string> },
  { showExists, isInStep, segmentExists }: ShowQuestions,
): { show: string; segment: string } {
  const show = request.params.show ?? ''
  if (!isId(show) || !showExists(show))
    throw isId(show) && !isInStep()
      ? new RoarError('catching_up', 'this server does not know all shows yet', { retryAfterS: 1 })
      : new RoarError('unknown_show', 'There is no such show')
  const segment = targetOf(request).query.get('segment') ?? ''
  if (segment !== '' && !(isId(segment) && segmentExists(show, segment))) {
    throw new RoarError('unknown_segment', 'The show has no such segment')
  }
  return { show, segment }
}

/**
 * Generators that do not know `prefixItems` use `items`. It must not describe alternatives: a Java client would take a count for
 * a text, and throw.
 */
const tuple = v.pipe(v.strictTuple([id, count, count]), v.metadata({ maxItems: 3, items: {} }))
export const MoodSchema = component<MoodPacket>()(
  'Mood',
  v.object({
    at: time,
    ms: v.pipe(whole(1, DAY_MS), v.description('Length of the window in milliseconds')),
    n: v.pipe(count, v.description('Reactions counted in the window')),
    total: v.pipe(count, v.description('All reactions so far')),
    top: v.pipe(v.array(tuple), v.description('Sticker, count, how many to draw; largest first')),
    sides: v.exactOptional(
      v.pipe(
        v.array(tuple),
        v.description('Of a show with sides: segment, its reactions of the window, and so far'),
      ),
    ),
    sample: v.exactOptional(v.pipe(real, v.description('Present where the counts are estimates'))),
  }),
)
const EXAMPLE: MoodPacket = {
  at: 1_795_349_712_000,
  ms: 250,
  n: 1234,
  total: 5_123_456,
  top: [
    ['heart', 900, 24],
    ['six', 200, 6],
  ],
  sides: [
    ['home', 700, 2_100_000],
    ['away', 534, 3_023_456],
  ],
}
/** Errors of calls to an edge that requires tokens. */
export const TOKEN_ERRORS = ['unauthorized', 'forbidden', 'keys_unavailable'] as const
/** The query of the calls that read one audience. */
export const AUDIENCE = {
  segment: v.pipe(v.string(), v.description('Of this segment instead of all viewers')),
  token: v.pipe(v.string(), v.description('A token, where the server demands one and no field can carry it')),
}

/** Answers authorised listeners: with a valid token, if one is required, and not while another process publishes. */
export function forListeners(
  { context, door, ...questions }: Pick<FallbackContext, 'context' | 'door'> & ShowQuestions,
  respond: (request: BunRequest) => Response,
  maxAgeS: number,
): Handler {
  return (request, server) => {
    standbyRefused(context)
    if (!context.tokensDemanded) return respond(request)
    return door.claimsOf(door.visitor(request, server), audienceOf(request, questions).show).then(() => {
      const response = respond(request)
      // A shared cache would return it to clients without a token.
      response.headers.set('cache-control', `private, max-age=${maxAgeS}`)
      return response
    })
  }
}

/** The newest mood packet; an empty one before the first. */
export const getMood = call({
  id: 'getMood',
  method: 'GET',
  path: '/v1/shows/{show}/mood',
  tag: 'Shows',
  summary: 'Get the newest mood packet',
  description: 'For clients that cannot keep a connection open. A cache may keep it for one window.',
  who: 'anybody',
  query: AUDIENCE,
  answers: { 200: answer('The packet', MoodSchema, EXAMPLE) },
  errors: ['unknown_segment', 'standby', ...TOKEN_ERRORS],
  cached: true,
}).route(({ context, door, windowMs, ...questions }: FallbackContext) => {
  const maxAgeS = Math.ceil(windowMs / 1000)
  const empty: MoodPacket = { at: 0, ms: windowMs, n: 0, total: 0, top: [] }
  const text = new TextDecoder()
  const respond = (request: BunRequest): Response => {
    const { show, segment } = audienceOf(request, questions)
    const value = context.topics.get(moodTopic(show, segment))?.valueAt(context.now())
    return cacheableResponse(request, value ? text.decode(value.payload) : JSON.stringify(empty), { maxAgeS })
  }
  return forListeners({ context, door, ...questions }, respond, maxAgeS)
})
