import type { HttpServer } from './routes.ts'

/** Of servers that are reached through a lane of ours: who is at the other end of the lane's port. */
const fronts = new WeakMap<HttpServer, (port: number) => string | undefined>()

/** From now on the peers of this server are those for whom `addressAt` knows a port. Others have no address, nor have those that left. */
export function standBehind(server: HttpServer, addressAt: (port: number) => string | undefined): void {
  fronts.set(server, addressAt)
}

/**
 * The address of the peer. Behind a proxy of our own it is the last entry of `X-Forwarded-For`: what that proxy saw;
 * entries before it are the client's own words.
 */
export function peerAddress(request: Request, server: HttpServer, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = request.headers.get('x-forwarded-for')
    if (forwarded !== null) return lastForwarded(forwarded)
  }
  const peer = server.requestIP(request)
  if (peer === null) return ''
  const front = fronts.get(server)
  return front === undefined ? peer.address : (front(peer.port) ?? '')
}

/** What the nearest proxy saw. @param forwarded The field `X-Forwarded-For`. */
export const lastForwarded = (forwarded: string): string =>
  forwarded.slice(forwarded.lastIndexOf(',') + 1).trim()

/** The machine itself: 127.0.0.0/8, ::1, and the first written as IPv6. */
export const isLoopback = (address: string): boolean =>
  address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')

/**
 * What one subscriber, or one operator, has many addresses of: the first groups of 16 bits of an IPv6 address (4: a /64, 3:
 * a /48). An IPv4 address, also one that is written as IPv6, stays whole.
 */
export function networkOfV6(address: string, groups: number): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const given = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'))
  const zeros = Array<string>(Math.max(0, 8 - given(head).length - given(tail).length)).fill('0')
  return [...given(head), ...zeros, ...given(tail)].slice(0, groups).join(':')
}
