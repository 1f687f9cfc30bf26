import { checkBurst } from '../../engine/burst.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { BurstAnswer } from '../../protocol/packets.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './ingest.ts'

/**
 * `POST /v1/shows/{show}/reactions`: the hot path. Checks, counts, answers; the log hears of it with the next slice.
 * @throws RoarError unknown_show, too_many_requests, unauthorized and those of the body and of `checkBurst`
 */
export function reactionRoute(context: IngestContext): Handler {
  const { directory, identity, bodies, clock, gate, pacing, counters, settings } = context
  const accepted = { status: 202, headers: { 'content-type': 'application/json', ...CORS_HEADERS } }
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

  async function take(...[request, server]: Parameters<Handler>): Promise<Response> {
    const { show } = request.params as { show: string }
    const view = directory.get(show)
    gate.address(request, server)
    const signed = request.headers.has('authorization')
    const viewer = signed ? await identity.viewerOf(request, show) : undefined
    if (viewer !== undefined) gate.viewer(viewer.viewer)
    const burst = checkBurst(await bodies.json(request), view.pack, pacing.sampleMin(clock.now()))
    const hash = viewer !== undefined && settings.sliceForm === 'events' ? identity.hashOf(viewer.viewer) : ''
    context.take(view, burst, hash)
    return respond()
  }

  return (request, server) =>
    take(request, server).catch((cause) => {
      if (cause instanceof RoarError) counters.refused[cause.code] = (counters.refused[cause.code] ?? 0) + 1
      throw cause
    })
}
