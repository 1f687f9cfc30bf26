import type { Problem } from '../../protocol/errors.ts'
import { RoarError } from './error.ts'
import type { Platform } from './platform.ts'

/** After this time an answer is taken for lost. */
export const ANSWER_MS_MAX = 10_000

export interface RequestOptions {
  body?: unknown
  token?: string | undefined
  /** Past every cache on the way. */
  fresh?: boolean
}

/**
 * One request, its JSON answer. The body goes as `text/plain`, which every browser sends across origins without asking
 * first; `keepalive` lets it outlive the page. Throws `RoarError`: the server's, or `network` when no answer came in 10 s.
 */
export async function request<Answer>(
  { fetch, after }: Platform,
  url: string,
  { body, token, fresh }: RequestOptions = {},
): Promise<Answer> {
  const abort = new AbortController()
  const cancel = after(ANSWER_MS_MAX, () => abort.abort())
  try {
    const response = await fetch(url, {
      signal: abort.signal,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body), keepalive: true }),
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(fresh && { cache: 'no-cache' }),
    })
    if (!response.ok) throw await refusal(response)
    return (await response.json()) as Answer
  } catch (cause) {
    throw cause instanceof RoarError ? cause : new RoarError('network', `No answer from ${url}`, { cause })
  } finally {
    cancel()
  }
}

/** What a response that is not `ok` says. A proxy's page in place of problem+json counts as `internal` or `bad_request`. */
export async function refusal(response: Response): Promise<RoarError> {
  const { status } = response
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const problem: Partial<Problem> = await response.json().catch(() => ({}))
  return new RoarError(
    problem.code ?? (status < 500 ? 'bad_request' : 'internal'),
    problem.detail ?? `HTTP ${status}`,
    {
      status,
      retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined,
    },
  )
}
