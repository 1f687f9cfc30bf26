import { randomBytes } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { isId } from '../../protocol/ids.ts'
import { TIME_MAX } from '../../protocol/limits.ts'
import { type ClaimRule, holds } from './claim-rule.ts'
import { cleanName } from './name.ts'

/** Why a token is invalid, in words that reveal nothing of it. */
export type Fault = string

/** The sender, solely by the token. */
export interface Viewer {
  /** The token's `sub`: unique for one issuer. */
  viewer: string
  /** Unique over all issuers: votes, limits and hashes identify a viewer by it. */
  key: string
  /** The same for people, as in the audit trail: `42`, or `42 of https://login.example`. */
  who: string
  name: string
  segment?: string
  /** The only show that the token is valid for. */
  show?: string
  /** `producer`: may decide about shows and polls. */
  role?: 'producer'
  /** The issuer vouches that this is a person with only one account. */
  verified?: true
  /** Whoever asked this server for a token, which identifies no person. */
  guest?: true
  /** Who issued the token; absent if it does not say. */
  issuer?: string
  /** The token's `jti`; absent where it has none. */
  tokenId?: string
  /** When the token was issued, milliseconds since 1970; absent if it does not say. */
  issued?: number
  /** When the token expires, milliseconds since 1970. */
  expires: number
}

/** Which key verified the signature. */
export type SignedBy = 'secret' | 'key set'

/** What a valid token must contain, and what its claims grant here. */
export interface TokenRules {
  /** Issuers (`iss`) whose tokens are accepted; empty: all with a valid signature. */
  issuers: readonly string[]
  /** This server's names in `aud`; a token that names only others is refused. */
  audiences: readonly string[]
  producer: readonly ClaimRule[]
  verified: readonly ClaimRule[]
}

/** How far an issuer's clock may be ahead of ours, in seconds: for `nbf` and `iat`. Not for `exp`. */
export const LEEWAY_S = 5
/** A later expiry means milliseconds where seconds belong. */
export const EXPIRES_S_MAX = Math.floor(TIME_MAX / 1000)
/** A longer `sub` or `iss` is refused: truncated, two could become one viewer. */
const TEXT_LENGTH_MAX = 256
/** The prefix of a guest's `sub`; no other token signed with the secret has it. */
const GUEST = 'guest-'

/** The `sub` of a new guest: a random id. */
export const newGuest = (): string => `${GUEST}${randomBytes(9).toString('hex')}`

/** RFC 7519 section 4.1: `exp` and `sub` are required here; `nbf` and `iat` must be numbers if present. */
export function timesFault(claims: JWTPayload, nowS: number): Fault | undefined {
  const { sub, exp, nbf, iat } = claims as Record<string, unknown>
  if (sub === undefined) return 'missing required "sub" claim'
  if (exp === undefined) return 'missing required "exp" claim'
  // A number that JSON can express and no clock can reach, such as 1e400, would be a token without an end.
  if (iat !== undefined && !Number.isFinite(iat)) return '"iat" claim must be a number'
  if (!Number.isFinite(exp)) return '"exp" claim must be a number'
  if ((exp as number) > EXPIRES_S_MAX) return '"exp" claim must be seconds, and before the year 10000'
  if (nbf !== undefined && !Number.isFinite(nbf)) return '"nbf" claim must be a number'
  if (nbf !== undefined && (nbf as number) > nowS + LEEWAY_S) return '"nbf" claim timestamp check failed'
  if (iat !== undefined && (iat as number) > nowS + LEEWAY_S) return '"iat" claim timestamp check failed'
  return (exp as number) <= nowS ? '"exp" claim timestamp check failed' : undefined
}

/** The viewer of a token whose signature and times are valid. */
export function viewerIn(claims: JWTPayload, by: SignedBy, rules: TokenRules): Viewer | Fault {
  const { sub, iss, name, segment, show, iat } = claims as Record<string, unknown>
  if (!isPlainText(sub)) return `"sub" claim must be a text of 1 to ${TEXT_LENGTH_MAX} characters`
  const fault = issuerFault(iss, by, rules) ?? audienceFault(claims.aud, by, rules)
  if (fault !== undefined) return fault
  // A token for an impossible show is for no show: accepting it for all would be the opposite.
  if (show !== undefined && !isId(show)) return '"show" claim must be the id of a show'
  const issuer = iss as string | undefined
  const viewer: Viewer = {
    viewer: sub,
    key: keyOf(sub, issuer),
    who: whoIs(sub, issuer),
    name: cleanName(name) || 'Viewer',
    expires: Math.floor(Number(claims.exp) * 1000),
  }
  if (isId(segment)) viewer.segment = segment
  if (isId(show)) viewer.show = show
  if (holds(rules.producer, claims, by)) viewer.role = 'producer'
  if (holds(rules.verified, claims, by)) viewer.verified = true
  if (by === 'secret' && issuer === undefined && sub.startsWith(GUEST)) viewer.guest = true
  if (issuer !== undefined) viewer.issuer = issuer
  if (isPlainText(claims.jti)) viewer.tokenId = claims.jti
  if (typeof iat === 'number') viewer.issued = Math.floor(iat * 1000)
  return viewer
}

const whoIs = (sub: string, issuer: string | undefined): string =>
  issuer === undefined ? sub : `${sub} of ${issuer}`

/** A `sub` is only unique for its issuer (RFC 7519 section 4.1.2). Neither contains NUL, so no two pairs have one key. */
const keyOf = (sub: string, issuer: string | undefined): string =>
  issuer === undefined ? sub : `${issuer}\0${sub}`

/**
 * A lone surrogate becomes U+FFFD when hashed or stored, as invalid UTF-8 does when read: two different values would be one
 * viewer.
 */
const isPlainText = (text: unknown): text is string =>
  typeof text === 'string' &&
  text !== '' &&
  text.length <= TEXT_LENGTH_MAX &&
  text.isWellFormed() &&
  !text.includes('\uFFFD') &&
  !text.includes('\0')

/** RFC 8725 section 3.8. The server's own tokens need no issuer: nobody else has its secret. */
function issuerFault(iss: unknown, by: SignedBy, { issuers }: TokenRules): Fault | undefined {
  if (iss === undefined) {
    return by === 'key set' && issuers.length > 0 ? 'missing required "iss" claim' : undefined
  }
  if (!isPlainText(iss)) return `"iss" claim must be a text of 1 to ${TEXT_LENGTH_MAX} characters`
  return issuers.length > 0 && !issuers.includes(iss) ? 'unexpected "iss" claim value' : undefined
}

/**
 * RFC 7519 section 4.1.3: a token that names an audience other than us is refused, even if we have no configured name. RFC 8725
 * section 3.9: keys that sign for several applications must say for which.
 */
function audienceFault(aud: unknown, by: SignedBy, { audiences }: TokenRules): Fault | undefined {
  if (aud === undefined) {
    return by === 'key set' && audiences.length > 0 ? 'missing required "aud" claim' : undefined
  }
  const named: unknown[] = Array.isArray(aud) ? aud : [aud]
  return named.some((one) => audiences.includes(one as string)) ? undefined : 'unexpected "aud" claim value'
}
