import type { PeerCertificate } from 'node:tls'
import type { Socket } from 'bun'

/** TLS options of a port, in the runtime's form. */
export interface TlsOptions {
  /** The certificate and its intermediates, PEM. */
  cert: string
  /** Its key, PEM. */
  key: string
  /** Bits of OpenSSL (`SSL_OP_…`). Default: none. */
  secureOptions?: number
  /** The authorities, PEM, of client certificates. Absent with `requestCert`. */
  ca?: string
  /**
   * Whether clients are asked for a certificate of `ca`; one without it, such as every browser, is not affected. Default false.
   */
  requestCert?: boolean
  /** Whether a client without a certificate of `ca` is refused. False wherever one is requested: viewers have none. */
  rejectUnauthorized?: boolean
}

/** The certificate of a client. */
export interface ClientCertificate {
  /** The DNS names among its subject alternative names, in lower case. */
  names: readonly string[]
  /** When it expires, milliseconds since 1970. */
  expiresMs: number
}

/**
 * The peer's certificate, if an authority of `ca` had signed it at the time of the handshake, or of the resumed one: the caller
 * must check expiry. Undefined without one, and if none was requested.
 */
export function clientCertificate(
  socket: Pick<Socket<never>, 'authorized' | 'getPeerCertificate'>,
): ClientCertificate | undefined {
  if (!socket.authorized) return undefined
  // A resumed session may be authorized without a certificate.
  const presented: Partial<PeerCertificate> | null | undefined = socket.getPeerCertificate()
  if (!presented?.valid_to) return undefined
  const { subjectaltname = '', valid_to } = presented
  // A name with a comma in it is quoted, with the comma escaped, so it cannot pass for another.
  const names = subjectaltname.split(', ').flatMap((name) => {
    const [, host] = /^DNS:(.+)$/.exec(name) ?? []
    return host === undefined ? [] : [host.toLowerCase()]
  })
  return { names, expiresMs: Date.parse(valid_to) }
}
