import type { ForwardedFields } from '../forwarded.ts'

/** A longer head is left to the runtime, whose own limit is twice this. */
export const HEAD_BYTES_MAX = 8 * 1024

/** An unambiguous request head: where it ends, where its body ends, and the fields that the lane needs. */
export interface Head extends ForwardedFields {
  /** Characters of the head, with the empty line that ends it. */
  length: number
  readonly method: string
  readonly target: string
  /** Bytes of the body; 0 if not given. */
  bodyLength: number
  /** Whether the body is chunked, so that the chunks mark its end. */
  chunked: boolean
  /** The position of that number in the text; -1 if not given. */
  bodyLengthAt: number
  host: string
  origin: string | undefined
  authorization: string | undefined
  traceparent: string | undefined
  tracestate: string | undefined
  requestId: string | undefined
}

/** `partial`: incomplete so far. `unsupported`: the runtime's own server must get it, see `withKnownMethod`. */
export type Reading = Head | 'partial' | 'unsupported'

/** Only origin form (RFC 9112 section 3.2.1). HEAD is missing: its responses state the length of a body that is absent. */
const REQUEST_LINE = /(GET|POST|PUT|PATCH|DELETE|OPTIONS) (\/[!-~]*) HTTP\/1\.1\r\n/y
/** A possible beginning of a request line, with any method that the runtime can read. */
const REQUEST_LINE_BEGUN = /^[A-Za-z-]*(?: (?:\/[!-~]*(?: [HTP/1.]{0,8}\r?)?)?)?$/
/**
 * With a method that the runtime reads and, unless it is one of some more that it knows, does not answer: it closes the connection
 * instead. One with other signs it answers by 400.
 */
const OTHER_METHOD =
  /^(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) )[A-Za-z-]+( [!-~]+ HTTP\/1\.[01]\r\n)/
/**
 * Field lines in the form that RFC 9110 section 5 asks senders for: a token, a colon, printable ASCII. No folding, no bare CR or
 * LF, no space before the colon.
 */
export const FIELDS = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~]*\r\n)+/y
const FIELD_BEGUN = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?::[\t -~]*)?)?\r?$/
/** The fields that decide where a message ends, what happens to its connection, its page, its client, its id and its trace. */
const TELLING =
  /\r\n(content-length|transfer-encoding|connection|upgrade|expect|host|origin|authorization|x-forwarded-for|forwarded|x-request-id|traceparent|tracestate):([^\r]*)/gi
/** Methods whose requests have a body. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
const LENGTH = /^(?:0|[1-9]\d{0,4})$/
/** Names, addresses and ports; anything else is left to the runtime's server. */
export const HOST = /^[\w.:[\]-]+$/

/**
 * Reads the head that begins at `at`. Strict on purpose: request smuggling depends on two readers that understand one message
 * differently (RFC 9112 section 11.2), so anything ambiguous is `unsupported`.
 * @param text Bytes as characters, one each.
 */
export function readHead(text: string, at: number): Reading {
  const end = text.indexOf('\r\n\r\n', at)
  if (end === -1) return text.length - at > HEAD_BYTES_MAX ? 'unsupported' : beginsWell(text, at)
  if (end - at > HEAD_BYTES_MAX) return 'unsupported'
  REQUEST_LINE.lastIndex = at
  const [line, method, target] = REQUEST_LINE.exec(text) ?? []
  if (line === undefined) return 'unsupported'
  FIELDS.lastIndex = at + line.length
  if (!FIELDS.test(text) || FIELDS.lastIndex !== end + 2) return 'unsupported'
  const head: Head = {
    length: end + 4 - at,
    method: method!,
    target: target!,
    bodyLength: 0,
    chunked: false,
    bodyLengthAt: -1,
    host: '',
    origin: undefined,
    authorization: undefined,
    forwardedFor: undefined,
    forwarded: undefined,
    requestId: undefined,
    traceparent: undefined,
    tracestate: undefined,
  }
  return takeFields(head, text, at + line.length - 2, end) ? head : 'unsupported'
}

/**
 * The same requests in a form in which the runtime's server answers the first, by 405 where that is due (RFC 9110 section 15.5.6),
 * whatever its method: as one that the runtime knows and no route has. It is the last of its connection.
 */
export const withKnownMethod = (requests: Buffer): Buffer =>
  Buffer.from(requests.toString('latin1').replace(OTHER_METHOD, 'PROPFIND$1Connection: close\r\n'), 'latin1')

/** Whether this prefix can still become a valid head; otherwise the runtime should refuse it now. */
function beginsWell(text: string, at: number): 'partial' | 'unsupported' {
  const begun = text.slice(at)
  const line = begun.indexOf('\r\n')
  if (line === -1) return REQUEST_LINE_BEGUN.test(begun) ? 'partial' : 'unsupported'
  REQUEST_LINE.lastIndex = 0
  if (!REQUEST_LINE.test(begun)) return 'unsupported'
  FIELDS.lastIndex = line + 2
  const whole = FIELDS.test(begun) ? FIELDS.lastIndex : line + 2
  return FIELD_BEGUN.test(begun.slice(whole)) ? 'partial' : 'unsupported'
}

/** Reads the relevant fields between two positions into the head; false if one requires something unsupported. */
function takeFields(head: Head, text: string, from: number, end: number): boolean {
  let hosts = 0
  TELLING.lastIndex = from
  for (let field = TELLING.exec(text); field !== null && field.index < end; field = TELLING.exec(text)) {
    const value = field[2]!.trim()
    switch (field[1]!.toLowerCase()) {
      case 'host':
        if (!HOST.test(value) || ++hosts > 1) return false
        head.host = value
        break
      case 'origin':
        head.origin = joined(head.origin, value)
        break
      case 'content-length':
        if (head.bodyLengthAt !== -1 || !LENGTH.test(value)) return false
        head.bodyLength = Number(value)
        head.bodyLengthAt = TELLING.lastIndex - field[2]!.trimStart().length
        break
      case 'transfer-encoding':
        if (head.chunked || value.toLowerCase() !== 'chunked' || !WITH_BODY.has(head.method)) return false
        head.chunked = true
        break
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return false
        break
      case 'authorization':
        head.authorization = joined(head.authorization, value)
        break
      case 'x-forwarded-for':
        head.forwardedFor = joined(head.forwardedFor, value)
        break
      case 'forwarded':
        head.forwarded = joined(head.forwarded, value)
        break
      case 'x-request-id':
        head.requestId = joined(head.requestId, value)
        break
      case 'traceparent':
        head.traceparent = joined(head.traceparent, value)
        break
      case 'tracestate':
        head.tracestate = joined(head.tracestate, value)
        break
      default:
        return false
    }
  }
  // Both a length and chunks: a smuggling attempt (RFC 9112 section 6.3).
  return hosts === 1 && !(head.chunked && head.bodyLengthAt !== -1)
}

/** A repeated field is one list (RFC 9110 section 5.3). */
export const joined = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before}, ${value}`

/** A head within a longer text is not remembered: it would keep the whole text alive. */
const REMEMBERED_WITHIN = 4 * 1024
const NOTHING = '\0'
const ZERO = 48

/** Caches the last head: a client that keeps its connection sends the same head again, and only the body's length differs. */
export class HeadMemory {
  /** The text of the last head, before and after that number. */
  #before = NOTHING
  #after = ''
  #head: Head | undefined

  /** Like `readHead`. The result is valid until the next call. */
  read(text: string, at: number): Reading {
    const head = this.#head
    if (head !== undefined && text.startsWith(this.#before, at)) {
      const numberAt = at + this.#before.length
      let end = numberAt
      let number = 0
      for (let digit = digitAt(text, end); digit >= 0 && digit <= 9; digit = digitAt(text, ++end))
        number = number * 10 + digit
      const digits = end - numberAt
      const plain = digits > 0 && digits <= 5 && (digits === 1 || digitAt(text, numberAt) !== 0)
      if (plain && text.startsWith(this.#after, end)) {
        head.length = end - at + this.#after.length
        head.bodyLength = number
        head.bodyLengthAt = numberAt
        return head
      }
    }
    return this.#learn(text, at)
  }

  forget(): void {
    this.#before = NOTHING
    this.#head = undefined
  }

  #learn(text: string, at: number): Reading {
    const head = readHead(text, at)
    if (typeof head !== 'object' || text.length > REMEMBERED_WITHIN || head.bodyLengthAt === -1) return head
    this.#before = text.slice(at, head.bodyLengthAt)
    this.#after = text.slice(head.bodyLengthAt + String(head.bodyLength).length, at + head.length)
    this.#head = head
    return head
  }
}

/** NaN past the end. */
const digitAt = (text: string, at: number): number => text.charCodeAt(at) - ZERO
