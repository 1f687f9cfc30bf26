import { forwardedAddress, type TrustProxy } from './forwarded.ts'
import type { HttpServer } from './routes.ts'
import type { ClientCertificate } from './tls.ts'

/** Who is at the other end of a lane of ours. */
interface FrontPeer {
  readonly address: string
  readonly certificate: ClientCertificate | undefined
}

/** Of servers that are reached through a lane: who has the lane's port. */
const fronts = new WeakMap<HttpServer, (port: number) => FrontPeer | undefined>()

/** From now on the peers of this server are those for whom `peerAt` knows a port. Others have no address, nor have those that left. */
export function standBehind(server: HttpServer, peerAt: (port: number) => FrontPeer | undefined): void {
  fronts.set(server, peerAt)
}

/** The address of the peer; behind a proxy of our own what that one saw. */
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

/** Who is at the other end of the connection, whatever the request says. */
export function connectedAddress(request: Request, server: HttpServer): string {
  const peer = server.requestIP(request)
  if (peer === null) return ''
  const front = fronts.get(server)
  return front === undefined ? peer.address : (front(peer.port)?.address ?? '')
}

/** The certificate that the peer presented; a server without a lane speaks no TLS. */
export function connectedCertificate(request: Request, server: HttpServer): ClientCertificate | undefined {
  const peer = server.requestIP(request)
  return peer === null ? undefined : fronts.get(server)?.(peer.port)?.certificate
}
