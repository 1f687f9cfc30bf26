import type { GuestAnswer } from '../../protocol/packets.ts'
import { jsonResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/**
 * `POST /v1/viewers`: a guest's token. The body may be empty or say a `name`, which is cleaned and travels in the token.
 * @throws RoarError guests_not_allowed, too_many_requests, bad_json, too_large
 */
export function guestRoute({ identity, bodies, gate }: IngestContext): Handler {
  return async (request, server) => {
    gate.address(request, server)
    const empty = request.headers.get('content-length') === '0' || request.body === null
    const body = empty ? {} : await bodies.json(request)
    const guest = await identity.issueGuest((body as { name?: unknown } | null)?.name)
    return jsonResponse(guest satisfies GuestAnswer, {
      status: 201,
      headers: { 'cache-control': 'no-store' },
    })
  }
}
