import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import { FIELDS } from './head.ts'

/** A body in more chunks is left to the runtime: it would be parsed again with each piece that arrives. */
const CHUNKS_MAX = 64
/** A longer trailer section is, too. */
const TRAILER_BYTES_MAX = 1024
const SIZE = /^[0-9A-Fa-f]{1,4}$/
/** A possible beginning of a size. */
const SIZE_BEGUN = /^[0-9A-Fa-f]{0,4}\r?$/

export interface ChunkedBody {
  body: string
  /** Where it ends in the text, including its trailers. */
  end: number
}

/**
 * Reads a chunked body (RFC 9112 section 7.1) that starts at `at`. Ignores trailers, as a recipient may (section 7.1.2); the
 * runtime would take them for the next request. As strict as `readHead`: extensions, other sizes, bodies longer than a viewer's
 * may be, and too many chunks are `unsupported`.
 */
export function readChunks(text: string, at: number): ChunkedBody | 'partial' | 'unsupported' {
  let body = ''
  let next = at
  for (let chunk = 0; chunk <= CHUNKS_MAX; chunk++) {
    const line = text.indexOf('\r\n', next)
    if (line === -1) return SIZE_BEGUN.test(text.slice(next, next + 8)) ? 'partial' : 'unsupported'
    const digits = text.slice(next, line)
    if (!SIZE.test(digits)) return 'unsupported'
    const size = Number.parseInt(digits, 16)
    const dataAt = line + 2
    if (size === 0) {
      const end = endOfTrailers(text, dataAt)
      return typeof end === 'number' ? { body, end } : end
    }
    if (body.length + size > BODY_BYTES_MAX) return 'unsupported'
    next = dataAt + size + 2
    const after = text.slice(dataAt + size, next)
    if (!'\r\n'.startsWith(after)) return 'unsupported'
    if (after.length < 2) return 'partial'
    body += text.slice(dataAt, dataAt + size)
  }
  return 'unsupported'
}

function endOfTrailers(text: string, at: number): number | 'partial' | 'unsupported' {
  if (text.startsWith('\r\n', at)) return at + 2
  const end = text.indexOf('\r\n\r\n', at)
  if (end === -1) return text.length - at > TRAILER_BYTES_MAX ? 'unsupported' : 'partial'
  FIELDS.lastIndex = at
  return FIELDS.test(text) && FIELDS.lastIndex === end + 2 ? end + 4 : 'unsupported'
}

/** The same request with a Content-Length. @param head With the empty line that ends it. */
export const withLength = (head: string, body: string): Buffer =>
  Buffer.from(
    head.replace(/\r\ntransfer-encoding:[^\r]*/i, () => `\r\nContent-Length: ${body.length}`) + body,
    'latin1',
  )
