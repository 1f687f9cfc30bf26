import { EDGE_CALLS } from './edge/calls.ts'
import { documentOf } from './http/call/document.ts'
import { OPERATOR_CALLS } from './http/operator-calls.ts'
import { VIEWER_CALLS } from './ingest/ingest.ts'
import { castVote } from './ingest/votes.ts'
import { getMedia } from './media/get-media.ts'
import { PEOPLE_CALLS } from './people/routes.ts'
import { POLL_CALLS } from './polls/routes.ts'
import { ROOM_CALLS } from './rooms/routes.ts'
import { TIMELINE_CALLS } from './shows/timeline.ts'
import { STUDIO_CALLS } from './studio/routes.ts'
import { WEBHOOK_CALLS } from './webhooks/routes.ts'

/** Every call of Roar, whichever process serves it. */
export const CALLS = [
  ...VIEWER_CALLS,
  ...ROOM_CALLS,
  castVote,
  getMedia,
  ...POLL_CALLS,
  ...TIMELINE_CALLS,
  ...EDGE_CALLS,
  ...STUDIO_CALLS,
  ...PEOPLE_CALLS,
  ...WEBHOOK_CALLS,
  ...OPERATOR_CALLS,
]

let document: ReturnType<typeof documentOf> | undefined

/**
 * The OpenAPI document of all calls. Built on first request: it takes as long as the rest of a start. A release replaces this
 * module with the result: see release/bundle.ts.
 */
export const openapi = () => {
  document ??= documentOf(CALLS)
  return document
}
