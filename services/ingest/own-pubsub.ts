import { RoarError } from '../../protocol/errors.ts'
import { isSecure, type TrustProxy } from '../http/forwarded.ts'

export interface OwnPubsubOptions {
  /** The address at which viewers reach this server; empty: the request's Host. */
  publicUrl: string
  trustProxy: TrustProxy
  /** Whether this server itself offers TLS. Default false. */
  tls?: boolean
  /** Called once, with a sentence, if a proxy seems to have changed the Host. */
  onDoubt: (sentence: string) => void
}

/**
 * Where viewers connect: `/mqtt` at the address at which they reached this server. X-Forwarded-Host is not trusted: many proxies
 * pass on what a client wrote there, and a cache would serve one client's value to all. The returned function throws RoarError
 * bad_request.
 */
export function ownPubsub({
  publicUrl,
  trustProxy,
  tls = false,
  onDoubt,
}: OwnPubsubOptions): (request: Request) => string {
  let doubts = trustProxy !== false
  return (request) => {
    if (publicUrl !== '') return `${publicUrl.replace(/^http/, 'ws')}/mqtt`
    const host = request.headers.get('host')
    if (host === null) throw new RoarError('bad_request', 'Host is missing: it is the address to connect to')
    const address = `${isSecure(request, { trustProxy, tls }) ? 'wss' : 'ws'}://${host}/mqtt`
    if (doubts && LOOPBACK.test(host) && isForwarded(request)) {
      doubts = false
      onDoubt(
        `a proxy passes requests on with the Host ${host}, so viewers are told to connect to ${address}; let it keep the Host, or set public-url`,
      )
    }
    return address
  }
}

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i
const isForwarded = ({ headers }: Request): boolean =>
  headers.has('x-forwarded-for') || headers.has('forwarded')
