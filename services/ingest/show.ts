import { stateOf } from '../../protocol/polls.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { cacheableResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/** How long a CDN may keep the show document. The show topic tells viewers of a newer one at once. */
const MAX_AGE_S = 2

/** `GET /v1/shows/{show}`: the show document. @throws RoarError unknown_show */
export function showRoute({ directory, pacing, settings, clock }: IngestContext): Handler {
  return (request) => {
    const { show } = directory.get((request.params as { show: string }).show)
    const document: ShowDocument = {
      ...show,
      polls: directory.polls(show.show).flatMap(({ poll: { poll, question, ...times } }) => {
        const state = stateOf(times, clock.now())
        return state === 'draft' ? [] : [{ poll, question, state }]
      }),
      windowMs: settings.windowMs,
      flushMs: pacing.pace.flushMs,
      pubsub: settings.pubsub.length > 0 ? settings.pubsub : [ownPubsub(request, settings.trustProxy)],
    }
    return cacheableResponse(request, JSON.stringify(document), { maxAgeS: MAX_AGE_S })
  }
}

/** The viewer reached us at this host, so the same host serves `/mqtt`. */
function ownPubsub(request: Request, trustProxy: boolean): string {
  const { host, protocol } = new URL(request.url)
  const secure = trustProxy ? request.headers.get('x-forwarded-proto') === 'https' : protocol === 'https:'
  return `${secure ? 'wss' : 'ws'}://${host}/mqtt`
}
