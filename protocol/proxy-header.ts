/** HAProxy's PROXY protocol, version 2, section 2.2: what a load balancer says before the first byte of who comes through it. */

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a] as const
const HEAD_BYTES = 16
/** Addresses and what is said beside them. A longer one is a mistake. */
const BODY_BYTES_MAX = 4096
/** The second half of the byte: the command. */
const [LOCAL, PROXY] = [0, 1] as const
/** TCP over IPv4 and over IPv6, with what the addresses take. */
const FAMILIES: Record<number, number> = { 17: 12, 33: 36 }

/** The bytes are no header of version 2. Nothing that follows can be believed. */
export class ProxyHeaderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProxyHeaderError'
  }
}

export interface ProxyHeader {
  /** Who comes; undefined where the proxy speaks for itself, as its health checks do. */
  address: string | undefined
  /** What follows the header in the bytes that were read. */
  rest: Uint8Array
}

/** Reads the header at the beginning of a stream, however its bytes fall into chunks. */
export class ProxyHeaderReader {
  #bytes = new Uint8Array(0)

  /** Returns undefined while the header is not whole. Throws `ProxyHeaderError`. */
  read(chunk: Uint8Array): ProxyHeader | undefined {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length)
    bytes.set(this.#bytes)
    bytes.set(chunk, this.#bytes.length)
    this.#bytes = bytes
    for (let i = 0; i < Math.min(bytes.length, SIGNATURE.length); i++) {
      if (bytes[i] !== SIGNATURE[i])
        throw new ProxyHeaderError('The connection does not begin with a PROXY header')
    }
    if (bytes.length < HEAD_BYTES) return undefined
    const [versionAndCommand, family] = [bytes[12]!, bytes[13]!]
    const command = versionAndCommand & 15
    if (versionAndCommand >> 4 !== 2 || command > PROXY) {
      throw new ProxyHeaderError('The PROXY header is not of version 2')
    }
    const bodyBytes = bytes[14]! * 256 + bytes[15]!
    if (bodyBytes > BODY_BYTES_MAX) throw new ProxyHeaderError('The PROXY header is too long')
    if (bytes.length < HEAD_BYTES + bodyBytes) return undefined
    const body = bytes.subarray(HEAD_BYTES, HEAD_BYTES + bodyBytes)
    return {
      address: command === LOCAL ? undefined : addressIn(family, body),
      rest: bytes.subarray(HEAD_BYTES + bodyBytes),
    }
  }
}

/** Undefined for a family that has no address of ours: the proxy's own is used, as the specification has it. */
function addressIn(family: number, body: Uint8Array): string | undefined {
  const needed = FAMILIES[family]
  if (needed === undefined) return undefined
  if (body.length < needed) throw new ProxyHeaderError('The PROXY header ends inside its addresses')
  if (family === 0x11) return body.subarray(0, 4).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (body[2 * i]! * 256 + body[2 * i + 1]!).toString(16))
  return groups.join(':')
}
