import type { PeerCertificate } from 'node:tls'
import type { Socket } from 'bun'

/** How a port speaks TLS, as the runtime takes it. */
export interface TlsOptions {
  /** The certificate and its intermediates, PEM. */
  cert: string
  /** Its key, PEM. */
  key: string
  /** Bits of OpenSSL (`SSL_OP_…`). Default: none. */
  secureOptions?: number
  /** The authorities, PEM, of the certificates that clients are asked for. Absent with `requestCert`. */
  ca?: string
  /** Clients are asked for a certificate, naming `ca`: who has none of it, as every browser, is not disturbed. Default false. */
  requestCert?: boolean
  /** Whether a client without a certificate of `ca` is refused. False wherever one is asked for: viewers have none. */
  rejectUnauthorized?: boolean
}

/** The certificate of a client. */
export interface ClientCertificate {
  /** Its subject alternative names that are DNS names, in small letters. */
  names: readonly string[]
  /** From when on nobody accepts it any more, milliseconds since 1970. */
  expiresMs: number
}

/**
 * What the peer presented and an authority of `ca` vouched for when the handshake was done, or the one that is resumed:
 * whether it has expired since is for the caller to say. Undefined without one, and where nobody was asked for one.
 */
export function clientCertificate(
  socket: Pick<Socket<never>, 'authorized' | 'getPeerCertificate'>,
): ClientCertificate | undefined {
  if (!socket.authorized) return undefined
  // A session that is resumed may be authorized without a certificate.
  const presented: Partial<PeerCertificate> | null | undefined = socket.getPeerCertificate()
  if (!presented?.valid_to) return undefined
  const { subjectaltname = '', valid_to } = presented
  // A name with a comma in it stands in quotes, with the comma escaped, so it is no other name.
  const names = subjectaltname.split(', ').flatMap((name) => {
    const [, host] = /^DNS:(.+)$/.exec(name) ?? []
    return host === undefined ? [] : [host.toLowerCase()]
  })
  return { names, expiresMs: Date.parse(valid_to) }
}
