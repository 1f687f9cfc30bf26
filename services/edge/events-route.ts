import { CORS_HEADERS } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import { EventStream, StreamTransport } from './event-stream.ts'
import { audienceOf, type FallbackContext } from './mood-route.ts'

/** Several heartbeats; the runtime's own limit for a quiet response is 10 s. */
const QUIET_S_MAX = 30

/** `GET /v1/shows/{show}/events`: the same packets for those who cannot hold a WebSocket. */
export function eventsRoute({ context, door, ...questions }: FallbackContext): Handler {
  return async (request, server) => {
    const { show, segment } = audienceOf(request, questions)
    const claims = await door.claimsOf(request, server, show)
    const origins = door.admit(request, server)
    server.timeout(request, QUIET_S_MAX)
    const transport = new StreamTransport(context.limits)
    new EventStream(context, { transport, origins, claims, show, segment })
    return new Response(transport.stream, {
      headers: {
        ...CORS_HEADERS,
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        // nginx holds a response back otherwise.
        'x-accel-buffering': 'no',
      },
    })
  }
}
