import { REVOKED_PREFIX } from './topics.ts'

/**
 * A token, or all tokens of somebody, revoked before expiry. Only its mark is published: readers of the topic or the log learn
 * neither the owner nor the contents.
 */
export interface Revoked {
  /** The mark: the first 22 characters of `revokedText`'s SHA-256, base64url. */
  revoked: string
  /** When the token expires anyway, milliseconds since 1970: from then on this is void. Only grows. */
  until: number
}

export const MARK = /^[\w-]{22}$/

/** The text whose SHA-256 is a mark. @param holder One token by its `jti`, or all tokens of a `Viewer.key`. */
export const revokedText = (holder: { jti: string } | { key: string }): string =>
  `roar-revoked-v1\n${'jti' in holder ? `jti\n${holder.jti}` : `sub\n${holder.key}`}`

export const encodeRevoked = ({ until }: Revoked): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ until }))

/** The revoked token in a message; undefined: none. */
export function revokedIn(topic: string, payload: Uint8Array): Revoked | undefined {
  if (!topic.startsWith(REVOKED_PREFIX)) return undefined
  const revoked = topic.slice(REVOKED_PREFIX.length)
  try {
    const until: unknown = JSON.parse(new TextDecoder().decode(payload))?.until
    return MARK.test(revoked) && Number.isSafeInteger(until) ? { revoked, until: until as number } : undefined
  } catch {
    // A foreign message, or a removal: a revocation ends only by its own time.
    return undefined
  }
}
