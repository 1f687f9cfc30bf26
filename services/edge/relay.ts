import { timingSafeEqual } from 'node:crypto'

/**
 * Whether somebody who connects is another edge or a bridge, which may hear every show. `names`: those of the certificate
 * that it presented and the authority of relays has signed; undefined without one.
 */
export type RelayRule = (who: {
  password: Uint8Array | undefined
  local: boolean
  names?: readonly string[] | undefined
}) => boolean

/**
 * Relays give the secret as their password, or present a certificate of their authority. Where there is neither secret nor
 * authority only those of this machine are relays, and where a proxy stands before the edge nobody is: through it every
 * viewer comes from this machine.
 */
export function relayRule({
  secret,
  names,
  behindProxy,
}: {
  /** Empty: there is none. */
  secret: string
  /** Of which a certificate must have one, such as `e1.edges.example` or `*.edges.example`; empty: any will do. Undefined: no authority signs relays. */
  names?: readonly string[] | undefined
  behindProxy: boolean
}): RelayRule {
  if (secret === '' && names === undefined) return ({ local }) => local && !behindProxy
  const wanted = secret === '' ? undefined : digest(new TextEncoder().encode(secret))
  const knows = (password: Uint8Array | undefined) =>
    wanted !== undefined && password !== undefined && timingSafeEqual(digest(password), wanted)
  const isNamed = (presented: readonly string[] | undefined) =>
    names !== undefined &&
    presented !== undefined &&
    (names.length === 0 || presented.some((name) => names.some((pattern) => isLike(pattern, name))))
  return ({ password, names: presented }) => knows(password) || isNamed(presented)
}

/** A star in front stands for one label, as in certificates themselves (RFC 9525 section 6.3). */
const isLike = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.startsWith('*.') && name.replace(/^[^.]+/, '*') === pattern)

/** Equally long for every password, as the comparison needs it. */
const digest = (bytes: Uint8Array): Uint8Array => new Bun.CryptoHasher('sha256').update(bytes).digest()

/** What an edge is called in its tree: 16 hexadecimal digits that no other edge has. */
export const newEdgeId = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 16)
