import { isIP } from 'node:net'
import { canonical, isLoopback } from './ip.ts'

/**
 * Which proxy headers are trusted for viewers' addresses: none, or those of a proxy of our own. `true`: it writes
 * `X-Forwarded-For`, or else `Forwarded`; `forwarded`: it writes `Forwarded` (RFC 7239) and passes the other through.
 */
export type TrustProxy = boolean | 'forwarded'

/** The headers in which proxies name their client; a repeated one is one list. */
export interface ForwardedFields {
  forwardedFor: string | undefined
  forwarded: string | undefined
}

/**
 * The viewer's address as the nearest proxy saw it; undefined if none says so. Entries before the nearest proxy's are the
 * client's own claim. Only entries by proxies on this machine are skipped: nobody else comes from loopback.
 */
export function forwardedAddress(
  trust: TrustProxy,
  { forwardedFor, forwarded }: ForwardedFields,
): string | undefined {
  if (trust === false) return undefined
  const hops =
    trust === true && forwardedFor !== undefined
      ? forwardedFor.split(',').map(addressIn)
      : elementsOf(forwarded ?? '').map((element) => addressIn(FOR.exec(element)?.[1] ?? ''))
  return hops.findLast((address) => !isLoopback(address)) ?? hops.at(-1)
}

/** Whether viewers reach this server, or its outermost proxy, over TLS. @param options.tls Whether this server offers it. */
export const isSecure = (
  request: Request,
  { trustProxy, tls }: { trustProxy: TrustProxy; tls: boolean },
): boolean => tls || isForwardedSecure(trustProxy, request)

/** If one hop uses TLS it is the outermost, because TLS ends there. */
function isForwardedSecure(trust: TrustProxy, { headers }: Request): boolean {
  if (trust === false) return false
  const schemes = trust === true ? headers.get('x-forwarded-proto') : null
  if (schemes !== null) return schemes.split(',').some((scheme) => scheme.trim().toLowerCase() === 'https')
  return elementsOf(headers.get('forwarded') ?? '').some((element) => SECURE.test(element))
}

/** RFC 7239 section 4: elements separated by commas, pairs by semicolons; both may occur within quotes. */
const elementsOf = (forwarded: string): string[] => forwarded.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
const FOR = /(?:^|;)\s*for=("(?:[^"\\]|\\.)*"|[^;\s]*)/i
const SECURE = /(?:^|;)\s*proto="?https"?\s*(?:;|$)/i

/**
 * The address in an entry: alone, with a port, in brackets, in quotes (RFC 7239 section 6). A port does not identify a viewer.
 * Anything else, such as a name that the proxy made up, is one address for all that share it.
 */
function addressIn(entry: string): string {
  const node = entry.trim().replace(/^"(.*)"$/, '$1')
  const host = /^\[([^\]]+)\](?::\w+)?$/.exec(node)?.[1] ?? /^([\d.]+):\w+$/.exec(node)?.[1] ?? node
  return isIP(host) === 0 ? 'unknown' : canonical(host)
}
