import type { ErrorCode } from '../../protocol/errors.ts'

/**
 * The server's codes, and those only a client can know: `network` no answer came (whether the request arrived is unknown),
 * `not_roar` something else answered, such as a proxy or a captive portal, `token` the token function failed, `closed` this
 * client is closed, `overflow` more taps than a client keeps, `pending` another answer to the poll is being sent, `delay` the
 * function for the delay failed.
 */
export type ClientErrorCode =
  | ErrorCode
  | 'network'
  | 'not_roar'
  | 'token'
  | 'closed'
  | 'overflow'
  | 'pending'
  | 'delay'

/** A request that was refused or not answered. */
export class RoarError extends Error {
  declare readonly code: ClientErrorCode
  /** HTTP status; 0 without an answer. */
  declare readonly status: number
  /** The server's `Retry-After`, in milliseconds. */
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
