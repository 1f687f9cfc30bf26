import { lookup } from 'node:dns/promises'
import { addressesOf } from '../http/address-ranges.ts'
import { hostOf, isThisMachine } from '../http/ip.ts'

/**
 * Addresses that are not globally reachable (IANA's registries of special-purpose addresses): this machine, private networks,
 * link-local ones, where clouds serve their machines' keys, and what would be translated into one of them. In IPv6 only 2000::/3
 * is public.
 */
const isInside = addressesOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
])!

/** Why a webhook cannot go to a URL, by its text alone; undefined: it may. */
export function placeFault(text: string, { allowsPrivate }: { allowsPrivate: boolean }): string | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return 'is not an https address'
  if (url.port === '0') return 'has port 0, which nobody can connect to'
  if (url.username !== '' || url.password !== '') return 'has a name or a password in it'
  const host = hostOf(url)
  if (url.protocol === 'http:' && !isThisMachine(host)) return 'is http and not on this machine'
  if (!allowsPrivate && (isThisMachine(host) || isInside(host)))
    return 'is on this machine or in a private network, which webhooks-private does not allow'
  return undefined
}

/**
 * The address to connect to: resolved once, checked, and used without resolving again, so that a name cannot resolve differently
 * for the check and for the connection. @throws Error, whose message may be shown
 */
export async function addressOf(url: URL, { allowsPrivate }: { allowsPrivate: boolean }): Promise<string> {
  const host = hostOf(url)
  const found = await lookup(host, { all: true }).catch(() => [])
  if (found.length === 0) throw new Error('its host name has no address')
  const allowed = found.find(({ address }) => allowsPrivate || !isInside(address))
  if (allowed === undefined)
    throw new Error('its address is in a private network, which webhooks-private does not allow')
  return allowed.address
}
