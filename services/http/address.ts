import { forwardedAddress, type TrustProxy } from './forwarded.ts'
import type { HttpServer } from './routes.ts'

/** Of servers that are reached through a lane of ours: who is at the other end of the lane's port. */
const fronts = new WeakMap<HttpServer, (port: number) => string | undefined>()

/** From now on the peers of this server are those for whom `addressAt` knows a port. Others have no address, nor have those that left. */
export function standBehind(server: HttpServer, addressAt: (port: number) => string | undefined): void {
  fronts.set(server, addressAt)
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
  return front === undefined ? peer.address : (front(peer.port) ?? '')
}
