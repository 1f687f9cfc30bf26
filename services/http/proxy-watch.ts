import { connectedAddress } from './address.ts'
import type { TrustProxy } from './forwarded.ts'
import { isLoopback } from './ip.ts'
import type { HttpServer } from './routes.ts'

/** What proxies write into requests and browsers do not. */
const WRITTEN = ['x-forwarded-for', 'forwarded', 'x-forwarded-proto', 'x-real-ip', 'via']

/** Looks at a request for a proxy. */
export type ProxyWatch = (request: Request, server: HttpServer) => void

/**
 * Notices a proxy on this machine whose word is not believed: to this server every viewer is then the machine itself, without
 * a limit of addresses and above suspicion. Tells it once.
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
