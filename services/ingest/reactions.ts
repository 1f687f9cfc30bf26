import * as v from 'valibot'
import { checkBurst } from '../../engine/burst.ts'
import { PACE_GRACE_MS, type Pacing } from '../../engine/pacing.ts'
import { refuseEnded } from '../../engine/shows/admission.ts'
import { BURST_COUNT_MAX, DELAY_MS_MAX, SWITCHED_SAMPLE } from '../../protocol/limits.ts'
import type { BurstAnswer, BurstRequest } from '../../protocol/packets.ts'
import type { Show } from '../../protocol/show.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowView } from '../directory/directory.ts'
import { parseJson } from '../http/body.ts'
import { answer, call, json } from '../http/call/call.ts'
import { component, DAY_MS, id, real, whole } from '../http/call/schemas.ts'
import { traceOf } from '../http/request-trace.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Answer, Handler, LaneRoute } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/** What `checkBurst` accepts, except for what depends on the show. A property test compares the two. */
export const Burst = component<BurstRequest>()(
  'Burst',
  v.object({
    stickers: v.pipe(
      v.record(id, whole(1, BURST_COUNT_MAX)),
      v.minEntries(1, 'is empty'),
      v.description('Taps of each sticker'),
    ),
    segment: v.exactOptional(id),
    sample: v.exactOptional(
      v.pipe(
        real,
        v.gtValue(0),
        v.maxValue(1),
        v.description('1/n: the share of its bursts that the client sends, as last requested by the server'),
      ),
    ),
    delayMs: v.exactOptional(
      v.pipe(
        v.nullable(real),
        v.description(
          `How far the viewer’s picture is behind the server’s clock; below 0 counts as 0, over ${DELAY_MS_MAX} as that. Null as absent`,
        ),
      ),
    ),
  }),
)
const Pace = component<BurstAnswer>()(
  'Pace',
  v.object({
    flushMs: v.pipe(whole(1, DAY_MS), v.description('How often to send from now on')),
    sample: v.pipe(real, v.description('Which share of bursts to send from now on')),
  }),
)

/** The call for taps. Its handler is `reactionRoute`'s, so that it can be answered before it becomes a `Request`. */
export const sendBurst = call({
  id: 'sendBurst',
  method: 'POST',
  path: '/v1/shows/{show}/reactions',
  tag: 'Shows',
  summary: 'Send a burst of taps',
  description:
    'Answered once the burst is in the server’s memory. One unknown sticker rejects the whole burst.',
  who: 'maybe-viewer',
  limited: true,
  body: json(Burst, { stickers: { heart: 3, six: 1 }, segment: 'home' }),
  answers: { 202: answer('Accepted; how to send from now on', Pace, { flushMs: 1000, sample: 1 }) },
  errors: ['show_ended', 'bad_count', 'unknown_sticker', 'unknown_segment', 'bad_sample'],
}).route((context: IngestContext) => reactionRoute(context).handler)

/**
 * The hot path: checks, counts, answers; the log gets it with the next slice. Written for few allocations and few promises: each
 * costs a share of what one core can handle. `inLane` is the same for complete requests.
 * @throws RoarError unknown_show, too_many_requests, unauthorized and those of the body and of `checkBurst`
 */
export function reactionRoute(context: IngestContext): { handler: Handler; inLane: LaneRoute } {
  const { directory, identity, bodies, clock, logClock, gate, pacing, settings } = context
  const headers = { 'content-type': 'application/json', ...CORS_HEADERS }
  const accepted = { status: 202, headers: new Headers(headers) }
  const usual = answersAt(pacing, headers, 1)
  const sampled = answersAt(pacing, headers, SWITCHED_SAMPLE)
  /** Shows whose producer had reactions sampled, and until when clients may still use that sample. */
  const sampledUntilMs = new Map<string, number>()

  /** The smallest sample accepted. */
  function sampleMinOf({ show, switches }: Show, passedMs: number): number {
    const sampleMin = pacing.sampleMin(passedMs)
    if (switches?.reactions === 'sampled') sampledUntilMs.set(show, passedMs + PACE_GRACE_MS)
    else if (sampledUntilMs.size === 0 || (sampledUntilMs.get(show) ?? 0) < passedMs) return sampleMin
    return Math.min(sampleMin, SWITCHED_SAMPLE)
  }

  /** Counts the burst. The response is the same object until the pace changes. */
  function take(body: unknown, view: ShowView, viewer: string, trace: TraceContext | undefined): Answer {
    refuseEnded(view.show, logClock.now())
    context.take(view, checkBurst(body, view.pack, sampleMinOf(view.show, clock.passedMs())), viewer, trace)
    return view.show.switches?.reactions === 'sampled' ? sampled() : usual()
  }

  const read = (request: Request, view: ShowView, viewer: string): Promise<Response> =>
    bodies.use(request, (body) => new Response(take(body, view, viewer, traceOf(request)).body, accepted))

  /** The viewer's hash, if the log may hold it. */
  const hashOf = (key: string): string => (settings.sliceForm === 'events' ? identity.hashOf(key) : '')

  async function readSigned(request: Request, view: ShowView): Promise<Response> {
    const { key } = await identity.viewerOf(request, view.show.show)
    gate.viewer(key)
    return read(request, view, hashOf(key))
  }

  const handler: Handler = (request, server) => {
    const view = directory.get((request.params as { show: string }).show)
    gate.address(request, server)
    return request.headers.has('authorization') ? readSigned(request, view) : read(request, view, '')
  }

  return {
    handler,
    inLane: {
      path: sendBurst.spec.path,
      answer: (request) => {
        const { params, body, authorization, trace } = request
        const name = params.show!
        const view = directory.get(name)
        if (authorization === undefined) {
          gate.addressOf(request)
          return take(parseJson(body), view, '', trace)
        }
        const signed = identity.viewerAtOnce(authorization, name, { again: true })
        if (signed === undefined) return undefined
        gate.addressOf(request)
        gate.viewer(signed.key)
        return take(parseJson(body), view, hashOf(signed.key), trace)
      },
    },
  }
}

/** The response for the current pace; the same object until the pace changes. @param sampleMax The largest share to ask for. */
function answersAt(pacing: Pacing, headers: Record<string, string>, sampleMax: number): () => Answer {
  let pace: Pacing['pace'] | undefined
  let answer: Answer = { status: 202, headers, body: '' }
  return () => {
    if (pace !== pacing.pace) {
      pace = pacing.pace
      const said: BurstAnswer = { flushMs: pace.flushMs, sample: Math.min(pace.sample, sampleMax) }
      answer = { ...answer, body: JSON.stringify(said) }
    }
    return answer
  }
}
