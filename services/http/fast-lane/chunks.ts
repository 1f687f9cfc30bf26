import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import { FIELDS } from './head.ts'

/** A longer trailer section is left to the runtime. */
const TRAILER_BYTES_MAX = 1024
/** Digits of a chunk's size. */
const DIGITS_MAX = 4
/** What is read of a body at once: who taps or votes sends one chunk, and each takes the time of a small request's field. */
const CHUNKS_AT_ONCE = 64
const CRLF = '\r\n'
/** The most bytes of a chunk beside its data. */
const FRAMING_BYTES_MAX = DIGITS_MAX + 2 * CRLF.length
/** The most bytes of a body that is read here: of the longest that a viewer's may be, a byte in each chunk. */
export const CHUNKED_BYTES_MAX =
  BODY_BYTES_MAX * (1 + FRAMING_BYTES_MAX) + FRAMING_BYTES_MAX + TRAILER_BYTES_MAX

export interface ChunkedBody {
  body: string
  /** Where it ends in the text, including its trailers. */
  end: number
}

/**
 * Reads a chunked body (RFC 9112 section 7.1), each chunk once, however many pieces it comes in. Ignores trailers, as a recipient
 * may (section 7.1.2); the runtime would take them for the next request. As strict as `readHead`: extensions, other sizes and bodies
 * longer than a viewer's may be are `unsupported`.
 */
export class ChunkReader {
  #body = ''
  /** Where the next chunk begins. */
  #next: number

  /** @param at Where the body begins in the text. */
  constructor(at: number) {
    this.#next = at
  }

  /**
   * @param text All of it so far: that of the last time, and what came since.
   * @returns `more`: there is more in it to be read than is read at once
   */
  read(text: string): ChunkedBody | 'partial' | 'more' | 'unsupported' {
    for (let chunks = 0; ; chunks++) {
      const dataAt = endOfSize(text, this.#next)
      if (typeof dataAt !== 'number') return dataAt
      const size = Number.parseInt(text.slice(this.#next, dataAt - CRLF.length), 16)
      if (size === 0) {
        const end = endOfTrailers(text, dataAt)
        return typeof end === 'number' ? { body: this.#body, end } : end
      }
      if (this.#body.length + size > BODY_BYTES_MAX) return 'unsupported'
      if (chunks === CHUNKS_AT_ONCE) return 'more'
      const next = dataAt + size + CRLF.length
      const after = text.slice(dataAt + size, next)
      if (!CRLF.startsWith(after)) return 'unsupported'
      if (after.length < CRLF.length) return 'partial'
      this.#body += text.slice(dataAt, dataAt + size)
      this.#next = next
    }
  }
}

/** Where the data begins behind a chunk's size. */
function endOfSize(text: string, at: number): number | 'partial' | 'unsupported' {
  let end = at
  while (end - at < DIGITS_MAX && isHexDigit(text.charCodeAt(end))) end++
  const after = text.slice(end, end + CRLF.length)
  if (!CRLF.startsWith(after)) return 'unsupported'
  if (after.length < CRLF.length) return 'partial'
  return end === at ? 'unsupported' : end + CRLF.length
}

/** @param code NaN past the end. */
const isHexDigit = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)

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
