import type { ErrorCode } from '../../protocol/errors.ts'

/**
 * The server's codes, and what only a client can know: `network` no answer came (whether the request arrived is not
 * known), `not_roar` something else answered, such as a proxy or the sign-in page of a network, `token` the token function failed, `closed` this client is closed, `overflow` more taps than a client keeps,
 * `pending` another answer to the poll is on its way.
 */
export type ClientErrorCode = ErrorCode | 'network' | 'not_roar' | 'token' | 'closed' | 'overflow' | 'pending'

/** A request that was refused or had no answer. */
export class RoarError extends Error {
  declare readonly code: ClientErrorCode
  /** HTTP status; 0 where no answer came. */
  declare readonly status: number
  /** What the server asked for by `Retry-After`, in milliseconds. */
  declare readonly retryAfterMs: number | undefined

  constructor(
    code: ClientErrorCode,
    detail: string = code,
    { cause, ...answer }: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(detail, { cause })
    Object.assign(this, { name: 'RoarError', code, status: 0, ...answer })
  }

  /** Whether the same request can succeed later. Follows from the status, as in the server's table of codes. */
  get retryable(): boolean {
    const { code, status } = this
    return /^(network|not_roar|token)$/.test(code) || /408|429|5../.test(`${status}`)
  }
}
