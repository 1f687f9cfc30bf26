import { timingSafeEqual } from 'node:crypto'

/** Whether somebody who connects is another edge or a bridge, which may hear every show. */
export type RelayRule = (who: { password: Uint8Array | undefined; local: boolean }) => boolean

/**
 * Relays give the secret as their password. Without a secret only those of this machine are relays, and where a proxy
 * stands before the edge nobody is: through it every viewer comes from this machine.
 */
export function relayRule({ secret, behindProxy }: { secret: string; behindProxy: boolean }): RelayRule {
  if (secret === '') return ({ local }) => local && !behindProxy
  const wanted = digest(new TextEncoder().encode(secret))
  return ({ password }) => password !== undefined && timingSafeEqual(digest(password), wanted)
}

/** Equally long for every password, as the comparison needs it. */
const digest = (bytes: Uint8Array): Uint8Array => new Bun.CryptoHasher('sha256').update(bytes).digest()

/** What an edge is called in its tree: 16 hexadecimal digits that no other edge has. */
export const newEdgeId = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 16)
