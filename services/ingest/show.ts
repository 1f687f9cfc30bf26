import { RoarError } from '../../protocol/errors.ts'
import { stateOf } from '../../protocol/polls.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { cacheableResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/** How long a CDN may keep the show document. The show topic tells viewers of a newer one at once. */
const MAX_AGE_S = 2

/** `GET /v1/shows/{show}`: the show document. @throws RoarError unknown_show, bad_request */
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

/** The viewer reached us at this host, so the same host serves `/mqtt`. @throws RoarError bad_request */
function ownPubsub({ headers }: Request, trustProxy: boolean): string {
  const host = headers.get('host')
  if (host === null) throw new RoarError('bad_request', 'Host is missing: where to connect is told by it')
  const secure = trustProxy && headers.get('x-forwarded-proto') === 'https'
  return `${secure ? 'wss' : 'ws'}://${host}/mqtt`
}
