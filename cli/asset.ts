import type { BunRequest } from 'bun'
import { isKnown } from '../services/http/responses.ts'
import { takesGzip } from '../services/http/takes-gzip.ts'
import type { PageFile } from './bundled.ts'

/** For files with their hash in the name: browsers keep them for good. */
export const IMMUTABLE = `public, max-age=${365 * 24 * 3600}, immutable`

/** One file as it is served: compressed once, on the first request that accepts it. */
export interface Asset extends PageFile {
  cache: string
  headers?: Record<string, string>
}

/** Who may embed a page in a frame, beside this server's own pages; `'none'`: not even those. */
type FramedBy = readonly string[] | 'none'

/** A page with the security headers that browsers understand. @param policy Its own Content-Security-Policy. */
export const page = ({ bytes }: Pick<PageFile, 'bytes'>, policy: string, framedBy: FramedBy): Asset => ({
  bytes,
  type: 'text/html;charset=utf-8',
  cache: 'no-cache',
  headers: {
    'content-security-policy': policyOf(policy, framedBy),
    // For browsers without frame-ancestors; others ignore it (CSP level 3, section 6.4.2).
    'x-frame-options': framedBy === 'none' ? 'DENY' : 'SAMEORIGIN',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  },
})

export const policyOf = (policy: string, framedBy: FramedBy): string =>
  `${policy}; frame-ancestors ${framedBy === 'none' ? "'none'" : ["'self'", ...framedBy].join(' ')}`

/** Compressed bodies by their bytes: a script with two names is compressed once. */
const GZIPPED = new WeakMap<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()

function gzipped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const known = GZIPPED.get(bytes) ?? Bun.gzipSync(bytes, { level: 9 })
  GZIPPED.set(bytes, known)
  return known
}

/** Serves a file: 304 where the browser has it, compressed where the browser accepts that. */
export function serve({ bytes, type, cache, headers = {} }: Asset): {
  GET: (request: BunRequest) => Response
} {
  const etag = `"${Bun.hash(bytes).toString(36)}"`
  const common = {
    etag,
    'cache-control': cache,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    ...headers,
  }
  const GET = (request: BunRequest): Response => {
    if (isKnown(request, etag)) return new Response(null, { status: 304, headers: common })
    const zips = takesGzip(request.headers.get('accept-encoding'))
    return new Response(zips ? gzipped(bytes) : bytes, {
      headers: { ...common, 'content-type': type, ...(zips && { 'content-encoding': 'gzip' }) },
    })
  }
  return { GET }
}
