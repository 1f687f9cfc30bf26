import { REVOKED_PREFIX } from './topics.ts'

/**
 * A token, or all tokens of somebody, that is no longer good although it has not expired. Only its mark travels: who reads the
 * topic or the log learns neither whose it is nor what it says.
 */
export interface Revoked {
  /** The mark: the first 22 characters of `revokedText`'s SHA-256, base64url. */
  revoked: string
  /** When the token expires by itself, milliseconds since 1970: from then on this says nothing. Only grows. */
  until: number
}

export const MARK = /^[\w-]{22}$/

/** The text whose SHA-256 is a mark. @param holder One token by its `jti`, or everybody's of a `Viewer.key`. */
export const revokedText = (holder: { jti: string } | { key: string }): string =>
  `roar-revoked-v1\n${'jti' in holder ? `jti\n${holder.jti}` : `sub\n${holder.key}`}`

export const encodeRevoked = ({ until }: Revoked): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ until }))

/** What a message says of a revoked token; undefined: nothing. */
export function revokedIn(topic: string, payload: Uint8Array): Revoked | undefined {
  if (!topic.startsWith(REVOKED_PREFIX)) return undefined
  const revoked = topic.slice(REVOKED_PREFIX.length)
  try {
    const until: unknown = JSON.parse(new TextDecoder().decode(payload))?.until
    return MARK.test(revoked) && Number.isSafeInteger(until) ? { revoked, until: until as number } : undefined
  } catch {
    // Somebody else's, or the value was removed: a revocation ends by its own time alone.
    return undefined
  }
}
