import { timingSafeEqual } from 'node:crypto'

/**
 * Whether a client is another edge or a bridge, which may subscribe to every show. `names`: those in its certificate, if the
 * relays' authority signed it; undefined without one.
 */
export type RelayRule = (who: {
  password: Uint8Array | undefined
  local: boolean
  names?: readonly string[] | undefined
}) => boolean

/**
 * Relays authenticate with the secret as their password, or with a certificate of their authority. With neither configured only
 * clients on this machine are relays, and behind a proxy nobody is: every viewer seems to come from this machine.
 */
export function relayRule({
  secret,
  names,
  behindProxy,
}: {
  /** Empty: none. */
  secret: string
  /**
   * Names of which a certificate must have one, such as `e1.edges.example` or `*.edges.example`; empty: any will do. Undefined:
   * no authority signs relays.
   */
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

/** A leading star stands for one label, as in certificates (RFC 9525 section 6.3). */
const isLike = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.startsWith('*.') && name.replace(/^[^.]+/, '*') === pattern)

/** Equal length for every password, as the comparison requires. */
const digest = (bytes: Uint8Array): Uint8Array => new Bun.CryptoHasher('sha256').update(bytes).digest()

/** A new edge's id: 16 random hexadecimal digits. */
export const newEdgeId = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 16)
