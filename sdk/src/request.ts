import type { Problem } from '../../protocol/errors.ts'
import { RoarError } from './error.ts'
import { parsePacket } from './link.ts'
import type { Platform } from './platform.ts'

/** After this time an answer counts as lost. */
export const ANSWER_MS_MAX = 10_000
/** The longest accepted Retry-After: a proxy's maintenance page does not know when Roar is back. */
const RETRY_AFTER_MS_MAX = 60_000

export interface RequestOptions {
  body?: object | undefined
  token?: string | undefined
  /** Bypasses every cache. */
  fresh?: boolean | undefined
  signal?: AbortSignal | undefined
}

/**
 * One request and its JSON answer. The body is sent as `text/plain`, which needs no preflight across origins; `keepalive` lets it
 * outlive the page. Throws `RoarError`: the server's, or `network` without an answer within 10 s, also from a `fetch` that a page
 * has replaced and that ignores its signal. `not_roar` where the answer is no JSON, or lacks the field `has`, which Roar's always
 * has, and not as 0 or '': then somebody else answered, such as a captive portal.
 */
export const request = <Answer>(
  { fetch, after }: Platform,
  url: string,
  has: keyof Answer,
  { body, token, fresh, signal }: RequestOptions = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const abort = new AbortController()
    /** After an answer it settles nothing, and takes the listener from a signal that outlives the request. */
    const end = (cause?: unknown) => {
      cancel()
      abort.abort()
      // The first counts.
      if (signal?.aborted) reject(signal.reason)
      reject(cause instanceof RoarError ? cause : new RoarError('network', 'No answer', { cause }))
    }
    const cancel = after(ANSWER_MS_MAX, end)
    const exchange = async () => {
      const response = await fetch(url, {
        signal: abort.signal,
        ...(body && { method: 'POST', body: JSON.stringify(body), keepalive: true }),
        ...(token && { headers: { authorization: `Bearer ${token}` } }),
        ...(fresh && { cache: 'no-cache' }),
      })
      if (!response.ok) throw await refusal(response)
      const text = await response.text()
      // `null` or a page in place of JSON, too.
      const answer = parsePacket(() => text) as Answer | undefined
      if (!answer?.[has]) throw notRoar()
      resolve(answer)
    }
    whenAborted(signal, end, abort)
    if (!signal?.aborted) exchange().then(end, end)
  })

export function whenAborted(signal: AbortSignal | undefined, callback: () => void, options?: object): void {
  if (signal?.aborted) callback()
  else signal?.addEventListener('abort', callback, options)
}

/**
 * The error in a response that is not `ok`. Without the form of a Roar problem it is a proxy's or a gateway's, whatever its
 * `code`.
 */
export async function refusal(response: Response): Promise<RoarError> {
  const { status } = response
  const seconds = Number(response.headers.get('retry-after'))
  const { type, code, detail }: Partial<Problem> = (await response.json().catch(() => {})) ?? {}
  const retryAfterMs = seconds > 0 ? Math.min(RETRY_AFTER_MS_MAX, seconds * 1000) : undefined
  return /^urn:roar/.test(type!)
    ? new RoarError(code!, detail, { status, retryAfterMs })
    : notRoar(status, retryAfterMs)
}

export const notRoar = (status = 200, retryAfterMs?: number): RoarError =>
  new RoarError('not_roar', undefined, { status, retryAfterMs })
