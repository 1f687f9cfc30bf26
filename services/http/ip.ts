import { isIP } from 'node:net'

/** Canonical form: IPv6 as in RFC 5952, and an IPv4-mapped address as IPv4. @param address Valid for `isIP`. */
export function canonical(address: string): string {
  if (!address.includes(':')) return address
  const [host = ''] = address.split('%')
  const short = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}

/** This machine: 127.0.0.0/8, ::1, and IPv4-mapped loopback. */
export const isLoopback = (address: string): boolean =>
  address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')

/** A URL's host, an IPv6 address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/** By name or address; a name that only begins like one, `127.0.0.1.example`, may be anybody's. @param host From `hostOf`. */
export const isThisMachine = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))

/**
 * The network that belongs to one subscriber or operator: the first groups of 16 bits of an IPv6 address (4: a /64, 3: a /48). An
 * IPv4 address, also IPv4-mapped, stays whole.
 */
export function networkOfV6(address: string, groups: number): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length)
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const given = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'))
  const zeros = Array<string>(Math.max(0, 8 - given(head).length - given(tail).length)).fill('0')
  return [...given(head), ...zeros, ...given(tail)].slice(0, groups).join(':')
}

/** The network of one site: IPv4 /24, IPv6 /48. A subscriber has an IPv4 address, or a /64. */
export const networkOf = (address: string): string => withoutTail(networkOfV6(address, 3), 1)

/** A block of networks, of which an operator has several: IPv4 /16, IPv6 /32. */
export const blockOf = (address: string): string => withoutTail(networkOfV6(address, 2), 2)

/** An IPv4 address without its last numbers; anything else unchanged. */
const withoutTail = (network: string, numbers: number): string =>
  network.includes('.') ? network.split('.').slice(0, -numbers).join('.') : network
