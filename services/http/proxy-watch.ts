import { connectedAddress } from './address.ts'
import type { TrustProxy } from './forwarded.ts'
import { isLoopback } from './ip.ts'
import type { HttpServer } from './routes.ts'

/** Headers that proxies add and browsers do not. */
const WRITTEN = ['x-forwarded-for', 'forwarded', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Checks a request for signs of a proxy. */
export type ProxyWatch = (request: Request, server: HttpServer) => void

/**
 * Notices a proxy on this machine that is not configured as trusted: then every viewer seems to be this machine, without limits
 * per address and never suspicious. Reports it once.
 */
export function proxyWatch(trust: TrustProxy, onProxy: (field: string) => void): ProxyWatch {
  let looks = trust === false
  return (request, server) => {
    if (!looks) return
    const field = WRITTEN.find((name) => request.headers.has(name))
    if (field === undefined || !isLoopback(connectedAddress(request, server))) return
    looks = false
    onProxy(field)
  }
}
