import type { HttpServer } from './routes.ts'

/**
 * The address of the peer. Behind a proxy of our own it is the last entry of `X-Forwarded-For`: what that proxy saw;
 * entries before it are the client's own words.
 */
export function peerAddress(request: Request, server: HttpServer, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = request.headers.get('x-forwarded-for')
    if (forwarded !== null) return forwarded.slice(forwarded.lastIndexOf(',') + 1).trim()
  }
  return server.requestIP(request)?.address ?? ''
}

/** The machine itself: 127.0.0.0/8, ::1, and the first written as IPv6. */
export const isLoopback = (address: string): boolean =>
  address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
