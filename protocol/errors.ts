/**
 * The closed list of error codes. A row holds everything about an error: the HTTP status, a title for people, and whether the
 * same request can succeed later. `docs/errors.md` is tested against this table.
 */
export const ERRORS = {
  bad_json: { status: 400, title: 'The body is not JSON', retryable: false },
  bad_request: { status: 400, title: 'A field of the request is invalid', retryable: false },
  bad_count: { status: 400, title: 'A count is not a whole number from 1 to 100', retryable: false },
  bad_sample: { status: 400, title: 'The server did not ask for this sample', retryable: false },
  unknown_sticker: { status: 400, title: 'The show has no such sticker', retryable: false },
  unknown_segment: { status: 400, title: 'The show has no such segment', retryable: false },
  unknown_topic: { status: 400, title: 'The show cannot have this topic', retryable: false },
  unknown_choice: { status: 400, title: 'The poll has no such choice', retryable: false },
  bad_choice: { status: 400, title: "The answer does not match the poll's kind", retryable: false },
  bad_points: {
    status: 400,
    title: 'The points are not whole numbers, or exceed the total to split',
    retryable: false,
  },
  bad_receipt: { status: 400, title: 'The receipt was not issued by this server', retryable: false },
  bad_poll: { status: 400, title: 'Invalid poll definition', retryable: false },
  bad_password: { status: 400, title: 'This password is not allowed', retryable: false },
  bad_picture: { status: 400, title: 'The picture cannot be used', retryable: false },
  unauthorized: { status: 401, title: 'A valid token is needed', retryable: false },
  wrong_sign_in: { status: 401, title: 'Wrong e-mail or password', retryable: false },
  code_required: { status: 401, title: 'A second-factor code is required', retryable: false },
  sign_in_again: { status: 403, title: 'This needs a recent sign-in', retryable: false },
  forbidden: { status: 403, title: 'The token does not allow this', retryable: false },
  muted: { status: 403, title: 'A moderator has muted this viewer', retryable: false },
  text_refused: {
    status: 403,
    title: 'The text contains words that this show does not allow',
    retryable: false,
  },
  not_a_member: { status: 403, title: 'This viewer is not in the room', retryable: false },
  removed_from_room: { status: 403, title: "The room's owner has removed this viewer", retryable: false },
  guests_not_allowed: { status: 403, title: 'This server does not issue tokens to guests', retryable: false },
  not_found: { status: 404, title: 'Nothing at this address', retryable: false },
  unknown_link: { status: 404, title: 'The link is no longer valid', retryable: false },
  unknown_show: { status: 404, title: 'There is no such show', retryable: false },
  unknown_room: { status: 404, title: 'There is no such room, or it is over', retryable: false },
  unknown_post: { status: 404, title: 'There is no such post, or it is too old', retryable: false },
  unknown_poll: { status: 404, title: 'The show has no such poll', retryable: false },
  unknown_pack: { status: 404, title: 'There is no such pack of stickers', retryable: false },
  unknown_ballot: { status: 404, title: 'The poll has no such ballot', retryable: false },
  not_published: { status: 404, title: 'The ballots of the poll are not published', retryable: false },
  not_sealed: { status: 404, title: 'The poll is not sealed yet', retryable: false },
  method_not_allowed: { status: 405, title: 'Method not allowed at this address', retryable: false },
  already_voted: { status: 409, title: 'This viewer has already voted', retryable: false },
  poll_closed: { status: 409, title: 'The poll does not accept votes at this time', retryable: false },
  already_exists: { status: 409, title: 'The id is already in use', retryable: false },
  approval_needed: { status: 409, title: 'This needs two people', retryable: false },
  not_rehearsal: { status: 409, title: 'The show is not a rehearsal', retryable: false },
  last_owner: { status: 409, title: 'The installation would have no owner', retryable: false },
  text_off: { status: 409, title: 'Text in posts is switched off', retryable: false },
  show_ended: { status: 409, title: 'The show has ended', retryable: false },
  rooms_off: { status: 409, title: 'This show has no rooms', retryable: false },
  room_full: { status: 409, title: 'The room is full', retryable: false },
  too_many_rooms: { status: 409, title: 'The limit of rooms is reached', retryable: false },
  too_many_revocations: {
    status: 409,
    title: 'The limit of revoked tokens is reached',
    retryable: false,
  },
  posts_off: { status: 409, title: 'Posts are switched off', retryable: false },
  stale: { status: 412, title: 'There is a newer version', retryable: false },
  wrong_state: {
    status: 409,
    title: 'The state of the poll or the show does not allow this',
    retryable: false,
  },
  too_large: { status: 413, title: 'The body is larger than this call accepts', retryable: false },
  too_many_requests: { status: 429, title: 'Too many requests', retryable: true },
  media_off: { status: 409, title: 'This server does not accept pictures', retryable: false },
  internal: { status: 500, title: 'Internal server error', retryable: true },
  overloaded: { status: 503, title: 'The server is overloaded', retryable: true },
  draining: { status: 503, title: 'The server is stopping', retryable: true },
  standby: { status: 503, title: 'Another server is responsible for this now', retryable: true },
  catching_up: { status: 503, title: 'This server does not know all shows yet', retryable: true },
  keys_unavailable: { status: 503, title: 'The keys that check tokens cannot be fetched', retryable: true },
  sign_in_unavailable: {
    status: 503,
    title: 'Nobody can sign in with the provider',
    retryable: true,
  },
  clock_unsure: { status: 503, title: 'The clock of this server cannot be trusted', retryable: true },
  log_unavailable: { status: 503, title: 'The log is unreachable', retryable: true },
  media_unavailable: { status: 503, title: 'The storage for pictures is unreachable', retryable: true },
  store_unavailable: { status: 503, title: 'The store is unreachable or cannot write', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

/** How many requests are allowed in what time. */
export interface RateLimitPolicy {
  /** Whom it limits: `viewer`, `address`, `issuer`. */
  name: string
  /** Requests allowed at once. */
  quota: number
  /** Seconds after which all of them are allowed again. */
  windowS: number
}

/** An operational failure with a code from the table. `detail` says exactly what was wrong and never holds a secret. */
export class RoarError extends Error {
  readonly code: ErrorCode
  /** Seconds after which a retry makes sense; sent as `Retry-After`. */
  readonly retryAfterS: number | undefined
  /** The document's current state, where the change was to an older version. */
  readonly current: Record<string, unknown> | undefined
  /** The limit that was reached; sent as `RateLimit`. */
  readonly limit: RateLimitPolicy | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    options: {
      cause?: unknown
      retryAfterS?: number
      current?: Record<string, unknown>
      limit?: RateLimitPolicy
    } = {},
  ) {
    super(detail, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'RoarError'
    this.code = code
    this.retryAfterS = options.retryAfterS
    this.current = options.current
    this.limit = options.limit
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable
  }
}

/** Whether the same call may succeed later without a change: retryable errors of the table, except our own mistakes. */
export const isRetryable = (cause: unknown): cause is RoarError =>
  cause instanceof RoarError && cause.retryable && cause.code !== 'internal'

/** RFC 9457 problem details. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  /** An extension member (section 3.2): the newer document, of `stale`. */
  current?: Record<string, unknown>
  /** The request, as the server's log names it: `urn:roar:request:` and its id. */
  instance?: string
}

/** @param requestId The request's id in the logs. Default: not logged. */
export function problemOf({ code, message, current }: RoarError, requestId?: string): Problem {
  const { title, status } = ERRORS[code]
  const instance = requestId === undefined ? {} : { instance: `urn:roar:request:${requestId}` }
  const type = `urn:roar:error:${code}`
  return { type, title, status, detail: message, code, ...instance, ...(current && { current }) }
}
