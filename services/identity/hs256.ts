import type { JWTPayload } from 'jose'
import { type Fault, timesFault } from './claims.ts'

/** Headers of tokens that were read; at the bound new ones are read each time. Issuers use a handful. */
const HEADERS_MAX = 64

/**
 * Verifies HS256 tokens (RFC 7515, 7519) by hand, because this is the cost of a viewer's first request. Returns undefined for
 * anything unusual (another algorithm, critical extensions), which the library decides about.
 */
export class Hs256 {
  /** Initialised with the secret: each token is hashed by a copy. */
  readonly #keyed: Bun.CryptoHasher
  readonly #headers = new Map<string, boolean>()

  constructor(secret: Uint8Array) {
    this.#keyed = new Bun.CryptoHasher('sha256', secret)
  }

  /** @param nowMs Milliseconds since 1970. */
  verify(token: string, nowMs: number): JWTPayload | Fault | undefined {
    const first = token.indexOf('.')
    const last = token.lastIndexOf('.')
    if (first <= 0 || last === first || token.indexOf('.', first + 1) !== last) return undefined
    if (!this.#isPlain(token.slice(0, first))) return undefined
    if (!this.#isSigned(token.slice(0, last), token.slice(last + 1))) return 'signature verification failed'
    const claims = parseObject(token.slice(first + 1, last))
    if (claims === undefined) return 'the claims are not a JSON object'
    return timesFault(claims, Math.floor(nowMs / 1000)) ?? claims
  }

  #isPlain(header: string): boolean {
    const known = this.#headers.get(header)
    if (known !== undefined) return known
    const parsed = parseObject(header)
    // `crit` and `b64` change the meaning of the rest (RFC 7515 section 4.1.11, RFC 7797).
    const plain = parsed?.alg === 'HS256' && parsed.crit === undefined && parsed.b64 === undefined
    if (this.#headers.size < HEADERS_MAX) this.#headers.set(header, plain)
    return plain
  }

  #isSigned(input: string, signature: string): boolean {
    // Comparing text instead of bytes accepts only one encoding of each signature.
    return isSame(signature, this.#keyed.copy().update(input).digest('base64url'))
  }
}

/** Compares every character whatever it finds, so that the time does not reveal where they differ. */
function isSame(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false
  let differences = 0
  for (let i = 0; i < expected.length; i++) differences |= given.charCodeAt(i) ^ expected.charCodeAt(i)
  return differences === 0
}

/** Scratch buffer for decoding parts of tokens; longer ones get memory of their own. */
const decoded = Buffer.allocUnsafe(2048)

function utf8In(base64url: string): string {
  if (base64url.length > decoded.length) return Buffer.from(base64url, 'base64url').toString('utf8')
  return decoded.toString('utf8', 0, decoded.write(base64url, 'base64url'))
}

function parseObject(base64url: string): JWTPayload | undefined {
  try {
    const value: unknown = JSON.parse(utf8In(base64url))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JWTPayload)
      : undefined
  } catch {
    // Not JSON: the caller reports it.
    return undefined
  }
}
