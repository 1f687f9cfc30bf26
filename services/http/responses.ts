import { problemOf, type RoarError } from '../../protocol/errors.ts'
import type { Answer } from './routes.ts'

/**
 * Any page may call: identity is in the Authorization header, so a foreign page cannot borrow it. The studio's cookie is for this
 * server's pages only: it is not sent cross-site (SameSite), no foreign page can read a response to it (a wildcard excludes
 * credentials: Fetch, CORS check), and state-changing requests are refused besides (services/people/outside.ts).
 */
export const CORS_HEADERS = { 'access-control-allow-origin': '*' } as const
/** Headers that a page may read, beside those that are always readable. */
const EXPOSED = {
  'access-control-expose-headers': 'etag, ratelimit, ratelimit-policy, retry-after, x-request-id',
} as const

/** The headers of a JSON response, for a route that is called often enough to build them once. */
export const jsonHeaders = (headers: Record<string, string> = {}): Record<string, string> => ({
  'content-type': 'application/json',
  ...CORS_HEADERS,
  ...EXPOSED,
  ...headers,
})

export function jsonResponse(
  body: unknown,
  { status = 200, headers }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), { status, headers: jsonHeaders(headers) })
}

/**
 * RFC 9457 problem+json for an error with a code; with `Retry-After` if waiting helps (RFC 9110 section 10.2.3), and `RateLimit`
 * if a limit was reached (draft-ietf-httpapi-ratelimit-headers, version 10).
 */
export function problemAnswer(error: RoarError, requestId: string): Answer {
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    ...CORS_HEADERS,
    ...EXPOSED,
  }
  const waitS = Math.max(1, Math.ceil(error.retryAfterS ?? 1))
  if (error.retryable) headers['retry-after'] = String(waitS)
  if (error.status === 401) headers['www-authenticate'] = 'Bearer'
  if (error.limit !== undefined) {
    const { name, quota, windowS } = error.limit
    headers['ratelimit-policy'] = `"${name}";q=${quota};w=${windowS}`
    headers.ratelimit = `"${name}";r=0;t=${waitS}`
  }
  // Last, where the runtime writes names that it does not know.
  headers['x-request-id'] = requestId
  return { status: error.status, headers, body: JSON.stringify(problemOf(error, requestId)) }
}

export function problemResponse(error: RoarError, requestId: string): Response {
  const { body, ...init } = problemAnswer(error, requestId)
  return new Response(body, init)
}

/** Whether a list of ETags, or `*`, contains one. A proxy that compresses makes a tag weak, for the same version. */
export const namesTag = (tags: string, etag: string): boolean =>
  tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)

/** Whether the client has the current version: `If-None-Match`, by weak comparison (RFC 9110 section 13.1.2). */
export function isKnown(request: Request, etag: string): boolean {
  const known = request.headers.get('if-none-match')
  return known !== null && namesTag(known, etag)
}

/** The document, or 304 if it is unchanged. */
export function cacheableResponse(
  request: Request,
  body: string,
  {
    maxAgeS,
    contentType = 'application/json',
    vary,
  }: { maxAgeS: number; contentType?: string; vary?: string },
): Response {
  const etag = `"${Bun.hash(body).toString(36)}"`
  const headers = {
    etag,
    'cache-control': `public, max-age=${maxAgeS}`,
    ...(vary === undefined ? {} : { vary }),
    ...CORS_HEADERS,
    ...EXPOSED,
  }
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers })
  return new Response(body, { headers: { 'content-type': contentType, ...headers } })
}
