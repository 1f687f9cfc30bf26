import { createHash, randomInt, randomUUID } from 'node:crypto'
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose'
import { RecentMap } from '../../engine/recent-map.ts'
import { RoarError } from '../../protocol/errors.ts'
import { LEEWAY_S, newGuest, type TokenRules, timesFault, type Viewer, viewerIn } from './claims.ts'
import { Hs256 } from './hs256.ts'
import { type OnKeyFault, type RemoteKeySet, remoteKeySet } from './key-set.ts'
import type { Member } from './member.ts'
import { cleanName } from './name.ts'
import { isReservedName } from './reserved-name.ts'
import { Revocations } from './revocations.ts'

export interface IdentityOptions {
  /** Signs guests' tokens and verifies HS256 ones. At least 32 bytes (RFC 7518 section 3.2). */
  secret: Uint8Array
  /** Public keys for EdDSA, ES256 and RS256 tokens: the set itself, or its URL. */
  jwks?: JSONWebKeySet | URL
  /** Is told when the set at a URL cannot be fetched, and when it can be again. Default: nobody. */
  onKeyFault?: OnKeyFault
  /** By which the age of that set is told. Default: the process's. */
  passedMs?: () => number
  /** Whether anyone may get a guest's token. */
  guests: boolean
  /** Lifetime of a guest's token, in seconds. Default 30 days. */
  guestTtlS?: number
  /** Default: every issuer, no audience, `role: "producer"` in a token signed with the secret, nobody verified. */
  rules?: Partial<TokenRules>
  /** Tokens revoked before they expire. Default: none. */
  revocations?: Revocations
}

const REHEARSED_TTL_S = 3600
const RULES: TokenRules = {
  issuers: [],
  audiences: [],
  producer: [{ claim: 'role', value: 'producer' }],
  verified: [],
}
/** Verified tokens that are cached; beyond it the oldest are dropped and must be verified again. */
const CACHE_MAX = 100_000

/** Verifies and issues viewers' tokens (JWT, RFC 7519), offline. */
export class Identity {
  readonly #secret: Uint8Array
  readonly #hs256: Hs256
  readonly #keySet: JWTVerifyGetKey | undefined
  readonly #remote: RemoteKeySet | undefined
  readonly #guests: boolean
  readonly #guestTtlS: number
  readonly #rules: TokenRules
  readonly revocations: Revocations
  readonly #verified = new RecentMap<string, { viewer: Viewer; expiresMs: number }>(CACHE_MAX)

  constructor({
    secret,
    jwks,
    onKeyFault,
    passedMs,
    guests,
    guestTtlS = 30 * 86_400,
    rules,
    revocations = new Revocations(),
  }: IdentityOptions) {
    this.#secret = secret
    this.#hs256 = new Hs256(secret)
    this.#guests = guests
    this.#guestTtlS = guestTtlS
    this.#rules = { ...RULES, ...rules }
    this.revocations = revocations
    if (jwks instanceof URL) this.#remote = remoteKeySet(jwks, { onFault: onKeyFault, passedMs })
    this.#keySet = jwks instanceof URL ? this.#remote?.keys : jwks && createLocalJWKSet(jwks)
  }

  /**
   * The viewer of a request to this show.
   * @throws RoarError unauthorized without a valid token, forbidden with a token for another show, keys_unavailable
   */
  async viewerOf(request: Request, show: string): Promise<Viewer> {
    const token = bearerToken(request)
    if (token === undefined) throw new RoarError('unauthorized', 'the request has no bearer token')
    const viewer = await this.verify(token)
    if (viewer.show !== undefined && viewer.show !== show) {
      throw new RoarError('forbidden', 'the token is for another show')
    }
    return viewer
  }

  /**
   * The viewer of a valid token if that is known synchronously: it was verified before, or is signed with the secret. Undefined
   * for every other, which `viewerOf` handles.
   * @param authorization The value of this header.
   * @param options.again Whether its viewer will return often, so that caching the token pays off. Default false.
   */
  viewerAtOnce(authorization: string, show: string, { again = false } = {}): Viewer | undefined {
    const token = tokenIn(authorization)
    if (token === undefined) return undefined
    const viewer = this.#known(token) ?? this.#signed(token, again)
    if (viewer === undefined || this.#isRevoked(viewer)) return undefined
    return viewer.show !== undefined && viewer.show !== show ? undefined : viewer
  }

  /**
   * The producer of a token; the role is valid for the token's show, or for all shows.
   * @throws RoarError unauthorized for an invalid token, forbidden for a viewer's, keys_unavailable
   */
  async memberOf(token: string): Promise<Member> {
    const { role, who, name, show, expires } = await this.verify(token)
    if (role !== 'producer') throw new RoarError('forbidden', "the token is not a producer's")
    return { who, name, grants: [{ role, ...(show !== undefined && { show }) }], expires }
  }

  /** @throws RoarError unauthorized: forged, expired, revoked, for others, `alg: none`, without `sub` or `exp`; keys_unavailable */
  async verify(token: string): Promise<Viewer> {
    const viewer = await this.#signedBy(token)
    if (this.#isRevoked(viewer)) throw invalid('it was revoked')
    return viewer
  }

  #isRevoked(viewer: Viewer): boolean {
    return this.revocations.covers(viewer, Date.now())
  }

  async #signedBy(token: string): Promise<Viewer> {
    const known = this.#known(token)
    if (known !== undefined) return known
    // Verifying such a token again costs less than caching millions of them, each used once.
    const claims = this.#hs256.verify(token, Date.now())
    if (typeof claims === 'object') return orRefused(viewerIn(claims, 'secret', this.#rules))
    if (claims !== undefined) throw invalid(claims)
    return this.#checkedByLibrary(token)
  }

  #known(token: string): Viewer | undefined {
    const known = this.#verified.get(token)
    return known !== undefined && known.expiresMs > Date.now() ? known.viewer : undefined
  }

  #signed(token: string, again: boolean): Viewer | undefined {
    const claims = this.#hs256.verify(token, Date.now())
    if (typeof claims !== 'object') return undefined
    const viewer = viewerIn(claims, 'secret', this.#rules)
    if (typeof viewer === 'string') return undefined
    return again ? this.#remember(token, claims, viewer) : viewer
  }

  #remember(token: string, { exp }: JWTPayload, viewer: Viewer): Viewer {
    this.#verified.set(token, { viewer, expiresMs: exp! * 1000 })
    return viewer
  }

  async #checkedByLibrary(token: string): Promise<Viewer> {
    const required = { requiredClaims: ['sub', 'exp'], clockTolerance: LEEWAY_S }
    try {
      // The algorithm determines the key, so a public key can never be used as a secret.
      const by = algorithmOf(token) === 'HS256' ? 'secret' : 'key set'
      if (by === 'key set' && this.#keySet === undefined) throw new Error('no key set is configured')
      const { payload } =
        by === 'secret'
          ? await jwtVerify(token, this.#secret, { algorithms: ['HS256'], ...required })
          : await this.#verifiedBySet(this.#keySet!, token, {
              algorithms: ['EdDSA', 'ES256', 'RS256'],
              ...required,
            })
      const fault = timesFault(payload, Math.floor(Date.now() / 1000))
      if (fault !== undefined) throw new Error(fault)
      return this.#remember(token, payload, orRefused(viewerIn(payload, by, this.#rules)))
    } catch (cause) {
      if (cause instanceof RoarError) throw cause
      throw invalid((cause as Error).message, cause)
    }
  }

  /** A key may have been replaced a moment ago by one that only its signatures tell apart. */
  async #verifiedBySet(keySet: JWTVerifyGetKey, token: string, options: JWTVerifyOptions) {
    const version = this.#remote?.version() ?? 0
    try {
      return await verifiedBy(keySet, token, options)
    } catch (cause) {
      if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause
      if (!(await this.#remote?.isNewer(version))) throw cause
      return verifiedBy(keySet, token, options)
    }
  }

  /** A token for a new guest; a made-up name replaces one that is invisible or reserved. @throws RoarError guests_not_allowed */
  async issueGuest(name: unknown): Promise<{ viewer: string; name: string; token: string; expires: number }> {
    if (!this.#guests) throw new RoarError('guests_not_allowed', 'this server is for signed-in viewers only')
    const viewer = newGuest()
    const asked = cleanName(name)
    const cleaned = asked === '' || isReservedName(asked) ? `Guest ${randomInt(1000, 10_000)}` : asked
    const issuedS = Math.floor(Date.now() / 1000)
    const expiresS = issuedS + this.#guestTtlS
    const token = await new SignJWT({ name: cleaned })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(viewer)
      .setIssuedAt(issuedS)
      .setExpirationTime(expiresS)
      .sign(this.#secret)
    return { viewer, name: cleaned, token, expires: expiresS * 1000 }
  }

  /** A token for a simulated viewer of a rehearsal, valid for an hour and only for that show. */
  issueRehearsed({ show, name, segment }: { show: string; name: string; segment: string }): Promise<string> {
    const issuedS = Math.floor(Date.now() / 1000)
    return new SignJWT({ name, show, ...(segment !== '' && { segment }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(`rehearsal-${randomUUID()}`)
      .setIssuedAt(issuedS)
      .setExpirationTime(issuedS + REHEARSED_TTL_S)
      .sign(this.#secret)
  }

  /** A viewer's keyed hash: equal for equal `key`s, and not traceable to the viewer without the secret. */
  hashOf(key: string): string {
    return createHash('sha256').update(this.#secret).update(key).digest('base64url').slice(0, 22)
  }
}

/** The request's bearer token, if any. */
export function bearerToken(request: Request): string | undefined {
  const authorization = request.headers.get('authorization')
  return authorization === null ? undefined : tokenIn(authorization)
}

/** The scheme's name is case-insensitive (RFC 9110 section 11.1). */
const tokenIn = (authorization: string): string | undefined =>
  authorization.startsWith('Bearer ') || /^bearer /i.test(authorization)
    ? authorization.slice('Bearer '.length).trim()
    : undefined

/** Tries each key that the token may mean: an issuer may name two alike, or name none in its tokens. */
async function verifiedBy(keySet: JWTVerifyGetKey, token: string, options: JWTVerifyOptions) {
  try {
    return await jwtVerify(token, keySet, options)
  } catch (cause) {
    if (!(cause instanceof errors.JWKSMultipleMatchingKeys)) throw cause
    let fault: unknown = cause
    for await (const key of cause) {
      try {
        return await jwtVerify(token, key, options)
      } catch (cause) {
        fault = cause
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    throw fault
  }
}

function algorithmOf(token: string): unknown {
  const head = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')
  try {
    return (JSON.parse(head) as { alg?: unknown }).alg
  } catch (cause) {
    // The parser's own message contains parts of the token.
    throw new Error('it is no JWT', { cause })
  }
}

const invalid = (fault: string, cause?: unknown) =>
  new RoarError('unauthorized', `the token is not valid: ${fault}`, { cause })

/** @throws RoarError unauthorized */
function orRefused(viewer: Viewer | string): Viewer {
  if (typeof viewer === 'string') throw invalid(viewer)
  return viewer
}
