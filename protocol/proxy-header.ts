/** HAProxy's PROXY protocol, version 2, section 2.2: what a load balancer sends before the client's first byte. */

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a] as const
const HEAD_BYTES = 16
/** Addresses and additional fields. A longer header is a mistake. */
const BODY_BYTES_MAX = 4096
/** The low half of the byte: the command. */
const [LOCAL, PROXY] = [0, 1] as const
/** TCP over IPv4 and over IPv6, with the length of their addresses. */
const FAMILIES: Record<number, number> = { 17: 12, 33: 36 }

/** The bytes are no version 2 header. Nothing that follows can be trusted. */
export class ProxyHeaderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProxyHeaderError'
  }
}

export interface ProxyHeader {
  /** The client; undefined if the proxy speaks for itself, as in health checks. */
  address: string | undefined
  /** The bytes after the header. */
  rest: Uint8Array
}

/** Reads the header at the start of a stream, whatever its chunks. */
export class ProxyHeaderReader {
  #bytes = new Uint8Array(0)

  /** Returns undefined while the header is incomplete. Throws `ProxyHeaderError`. */
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

/** Undefined for other address families: then the proxy's own address is used, as the specification says. */
function addressIn(family: number, body: Uint8Array): string | undefined {
  const needed = FAMILIES[family]
  if (needed === undefined) return undefined
  if (body.length < needed) throw new ProxyHeaderError('The PROXY header ends inside its addresses')
  if (family === 0x11) return body.subarray(0, 4).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (body[2 * i]! * 256 + body[2 * i + 1]!).toString(16))
  return groups.join(':')
}
