import { checkBurst } from '../../engine/burst.ts'
import type { BurstAnswer } from '../../protocol/packets.ts'
import type { ShowView } from '../directory/directory.ts'
import { parseJson } from '../http/body.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Answer, AtOnceRoute, Handler, Routes } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

const PATH = '/v1/shows/:show/reactions'

/**
 * `POST /v1/shows/{show}/reactions`: the hot path. Checks, counts, answers; the log hears of it with the next slice.
 * Written for few allocations and few promises: each costs a share of what one core can take. `atOnce` is the same for a
 * process that has the request in whole.
 * @throws RoarError unknown_show, too_many_requests, unauthorized and those of the body and of `checkBurst`
 */
export function reactionRoute(context: IngestContext): { routes: Routes; atOnce: AtOnceRoute } {
  const { directory, identity, bodies, clock, gate, pacing, settings } = context
  const headers = { 'content-type': 'application/json', ...CORS_HEADERS }
  const accepted = { status: 202, headers: new Headers(headers) }
  let pace: BurstAnswer | undefined
  let answer: Answer = { status: 202, headers, body: '' }

  /** Counts the burst. The answer is the same until the pace changes. */
  function take(body: unknown, view: ShowView, viewer: string): Answer {
    context.take(view, checkBurst(body, view.pack, pacing.sampleMin(clock.now())), viewer)
    if (pace !== pacing.pace) {
      pace = pacing.pace
      const { flushMs, sample } = pace
      answer = { ...answer, body: JSON.stringify({ flushMs, sample } satisfies BurstAnswer) }
    }
    return answer
  }

  const read = (request: Request, view: ShowView, viewer: string): Promise<Response> =>
    bodies.use(request, (body) => new Response(take(body, view, viewer).body, accepted))

  /** What the log may hold of a viewer. */
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
    routes: { [PATH]: { POST: handler } },
    atOnce: {
      path: PATH,
      answer: (request) => {
        const { name, body, authorization } = request
        const view = directory.get(name)
        if (authorization === undefined) {
          gate.addressOf(request)
          return take(parseJson(body), view, '')
        }
        const signed = identity.viewerAtOnce(authorization, name)
        if (signed === undefined) return undefined
        gate.addressOf(request)
        gate.viewer(signed.key)
        return take(parseJson(body), view, hashOf(signed.key))
      },
    },
  }
}
