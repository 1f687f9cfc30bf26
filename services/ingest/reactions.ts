import { checkBurst } from '../../engine/burst.ts'
import type { BurstAnswer } from '../../protocol/packets.ts'
import type { ShowView } from '../directory/directory.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/**
 * `POST /v1/shows/{show}/reactions`: the hot path. Checks, counts, answers; the log hears of it with the next slice.
 * Written for few allocations and few promises: each costs a share of what one core can take.
 * @throws RoarError unknown_show, too_many_requests, unauthorized and those of the body and of `checkBurst`
 */
export function reactionRoute(context: IngestContext): Handler {
  const { directory, identity, bodies, clock, gate, pacing, settings } = context
  const accepted = {
    status: 202,
    headers: new Headers({ 'content-type': 'application/json', ...CORS_HEADERS }),
  }
  let pace: BurstAnswer | undefined
  let answer = ''

  /** The answer is the same text until the pace changes. */
  function respond(): Response {
    if (pace !== pacing.pace) {
      pace = pacing.pace
      answer = JSON.stringify({ flushMs: pace.flushMs, sample: pace.sample } satisfies BurstAnswer)
    }
    return new Response(answer, accepted)
  }

  const take = (request: Request, view: ShowView, viewer: string): Promise<Response> =>
    bodies.use(request, (body) => {
      context.take(view, checkBurst(body, view.pack, pacing.sampleMin(clock.now())), viewer)
      return respond()
    })

  async function takeSigned(request: Request, view: ShowView): Promise<Response> {
    const { viewer } = await identity.viewerOf(request, view.show.show)
    gate.viewer(viewer)
    return take(request, view, settings.sliceForm === 'events' ? identity.hashOf(viewer) : '')
  }

  return (request, server) => {
    const view = directory.get((request.params as { show: string }).show)
    gate.address(request, server)
    return request.headers.has('authorization') ? takeSigned(request, view) : take(request, view, '')
  }
}
