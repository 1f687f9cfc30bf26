import { forwardedAddress, type TrustProxy } from './forwarded.ts'
import type { HttpServer } from './routes.ts'
import type { ClientCertificate } from './tls.ts'

/** The peer behind a connection from our lane. */
interface FrontPeer {
  readonly address: string
  readonly certificate: ClientCertificate | undefined
  /** Whether the lane has admitted its requests; those of a tunnel it does not read. */
  readonly isAdmitted: boolean
}

/** For servers behind a lane: the peer by the local port of the lane's connection. */
const fronts = new WeakMap<HttpServer, (port: number) => FrontPeer | undefined>()

/**
 * Makes `peerAt` resolve the peers of this server by port. Peers without a port there have no address, nor have those that left.
 */
export function standBehind(server: HttpServer, peerAt: (port: number) => FrontPeer | undefined): void {
  fronts.set(server, peerAt)
}

/** The peer's address; behind a trusted proxy, what the proxy reported. */
export function peerAddress(request: Request, server: HttpServer, trust: TrustProxy): string {
  return forwardedIn(request, trust) ?? connectedAddress(request, server)
}

function forwardedIn({ headers }: Request, trust: TrustProxy): string | undefined {
  if (trust === false) return undefined
  const [forwardedFor, forwarded] = [headers.get('x-forwarded-for'), headers.get('forwarded')]
  return forwardedAddress(trust, {
    forwardedFor: forwardedFor ?? undefined,
    forwarded: forwarded ?? undefined,
  })
}

/** The address at the other end of the connection, whatever headers say. */
export function connectedAddress(request: Request, server: HttpServer): string {
  const peer = server.requestIP(request)
  if (peer === null) return ''
  const front = fronts.get(server)
  return front === undefined ? peer.address : (front(peer.port)?.address ?? '')
}

/** Whether a lane before this server has admitted the request. */
export function isAdmitted(request: Request, server: HttpServer): boolean {
  return frontPeer(request, server)?.isAdmitted === true
}

/** The peer's certificate; a server without a lane does not offer TLS. */
export function connectedCertificate(request: Request, server: HttpServer): ClientCertificate | undefined {
  return frontPeer(request, server)?.certificate
}

function frontPeer(request: Request, server: HttpServer): FrontPeer | undefined {
  const front = fronts.get(server)
  // Only then: it is a call of the system.
  const peer = front && server.requestIP(request)
  return peer ? front(peer.port) : undefined
}
