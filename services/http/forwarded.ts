import { isIP } from 'node:net'
import { canonical, isLoopback } from './ip.ts'

/**
 * Whose word about viewers' addresses is believed: nobody's, or that of a proxy of our own. `true`: it writes
 * `X-Forwarded-For`, or else `Forwarded`; `forwarded`: it writes `Forwarded` (RFC 7239) and lets the other pass.
 */
export type TrustProxy = boolean | 'forwarded'

/** The fields in which proxies say whom they speak for; one that is there twice is one list. */
export interface ForwardedFields {
  forwardedFor: string | undefined
  forwarded: string | undefined
}

/**
 * The viewer's address as the nearest proxy saw it; undefined where none says so. Entries before the nearest one's are
 * the client's own words. Only what this machine's own proxies say of one another is passed over: nobody else comes from
 * loopback.
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

/** Whether viewers reach this server, or the outermost proxy before it, over TLS. @param options.tls Whether this server speaks it. */
export const isSecure = (
  request: Request,
  { trustProxy, tls }: { trustProxy: TrustProxy; tls: boolean },
): boolean => tls || isForwardedSecure(trustProxy, request)

/** One hop that has TLS is the outermost, as it ends there. */
function isForwardedSecure(trust: TrustProxy, { headers }: Request): boolean {
  if (trust === false) return false
  const schemes = trust === true ? headers.get('x-forwarded-proto') : null
  if (schemes !== null) return schemes.split(',').some((scheme) => scheme.trim().toLowerCase() === 'https')
  return elementsOf(headers.get('forwarded') ?? '').some((element) => SECURE.test(element))
}

/** RFC 7239 section 4: elements with commas between, each of pairs with semicolons; commas and semicolons may be in quotes. */
const elementsOf = (forwarded: string): string[] => forwarded.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []
const FOR = /(?:^|;)\s*for=("(?:[^"\\]|\\.)*"|[^;\s]*)/i
const SECURE = /(?:^|;)\s*proto="?https"?\s*(?:;|$)/i

/**
 * The address in an entry: alone, with a port, in brackets, in quotes (RFC 7239 section 6). A port is the connection's and
 * says nothing of whose it is. What is no address, such as a name that the proxy made up, is one for all like it.
 */
function addressIn(entry: string): string {
  const node = entry.trim().replace(/^"(.*)"$/, '$1')
  const host = /^\[([^\]]+)\](?::\w+)?$/.exec(node)?.[1] ?? /^([\d.]+):\w+$/.exec(node)?.[1] ?? node
  return isIP(host) === 0 ? 'unknown' : canonical(host)
}
