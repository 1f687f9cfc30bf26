import { createHash, randomBytes, randomInt } from 'node:crypto'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import { RecentMap } from '../../engine/recent-map.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isId } from '../../protocol/ids.ts'
import { Hs256 } from './hs256.ts'
import { cleanName } from './name.ts'

/** Who sends: as a token says, and nothing else. */
export interface Viewer {
  viewer: string
  name: string
  segment?: string
  /** The only show that the token is good for. */
  show?: string
  /** `producer`: may decide about shows and polls. */
  role?: 'producer'
  /** Who issued the token; absent where it does not say. */
  issuer?: string
  /** When the token was issued, milliseconds since 1970; absent where it does not say. */
  issued?: number
}

export interface IdentityOptions {
  /** Signs guests' tokens and verifies HS256 ones. At least 32 bytes (RFC 7518 section 3.2). */
  secret: Uint8Array
  /** Public keys for EdDSA, ES256 and RS256 tokens: the set itself, or its address. */
  jwks?: JSONWebKeySet | URL
  /** Whether anyone may have a guest's token. */
  guests: boolean
  /** Lifetime of a guest's token, in seconds. Default 30 days. */
  guestTtlS?: number
}

/** A longer `sub` is refused: two cut to the same start would be one viewer. */
const SUBJECT_LENGTH_MAX = 256
/** Verified tokens that are remembered; at the limit the older ones are forgotten and cost a check again. */
const CACHE_MAX = 100_000

/** Verifies and issues viewers' tokens (JWT, RFC 7519), offline. */
export class Identity {
  readonly #secret: Uint8Array
  readonly #hs256: Hs256
  readonly #keySet: JWTVerifyGetKey | undefined
  readonly #guests: boolean
  readonly #guestTtlS: number
  readonly #verified = new RecentMap<string, { viewer: Viewer; expiresMs: number }>(CACHE_MAX)

  constructor({ secret, jwks, guests, guestTtlS = 30 * 86_400 }: IdentityOptions) {
    this.#secret = secret
    this.#hs256 = new Hs256(secret)
    this.#guests = guests
    this.#guestTtlS = guestTtlS
    if (jwks instanceof URL) this.#keySet = remoteKeySet(jwks)
    else if (jwks !== undefined) this.#keySet = createLocalJWKSet(jwks)
  }

  /**
   * The viewer of a request to this show.
   * @throws RoarError unauthorized without a good token, forbidden with a token for another show, keys_unavailable
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
   * The viewer of a good token, where no promise is needed to say so: it was verified before, or is signed with the
   * secret. Undefined for every other, of which `viewerOf` knows more.
   * @param authorization The field of this name.
   */
  viewerAtOnce(authorization: string, show: string): Viewer | undefined {
    const token = tokenIn(authorization)
    if (token === undefined) return undefined
    const viewer = this.#known(token) ?? this.#signed(token)
    return viewer === undefined || (viewer.show !== undefined && viewer.show !== show) ? undefined : viewer
  }

  /**
   * The producer of a request to the studio. @param show Absent for what is about no show.
   * @throws RoarError unauthorized without a good token, forbidden with a viewer's or one for another show
   */
  async producerOf(request: Request, show?: string): Promise<Viewer> {
    const token = bearerToken(request)
    if (token === undefined) throw new RoarError('unauthorized', 'the request has no bearer token')
    const producer = await this.verify(token)
    if (producer.role !== 'producer') throw new RoarError('forbidden', "the token is not a producer's")
    if (producer.show !== undefined && producer.show !== show) {
      throw new RoarError('forbidden', 'the token is for another show')
    }
    return producer
  }

  /** @throws RoarError unauthorized: forged, expired, `alg: none`, without `sub` or `exp`; keys_unavailable */
  async verify(token: string): Promise<Viewer> {
    const known = this.#known(token)
    if (known !== undefined) return known
    // Checking such a token again costs less than remembering millions of them, each for one call.
    const claims = this.#hs256.verify(token, Date.now())
    if (typeof claims === 'object') return viewerOf(claims)
    if (claims !== undefined) throw new RoarError('unauthorized', `the token is not valid: ${claims}`)
    return this.#remember(token, await this.#payload(token))
  }

  #known(token: string): Viewer | undefined {
    const known = this.#verified.get(token)
    return known !== undefined && known.expiresMs > Date.now() ? known.viewer : undefined
  }

  #signed(token: string): Viewer | undefined {
    const claims = this.#hs256.verify(token, Date.now())
    return typeof claims === 'object' && isSubject(claims.sub) ? this.#remember(token, claims) : undefined
  }

  #remember(token: string, payload: JWTPayload): Viewer {
    const viewer = viewerOf(payload)
    this.#verified.set(token, { viewer, expiresMs: payload.exp! * 1000 })
    return viewer
  }

  /** The claims of a token that the library has to check. */
  async #payload(token: string): Promise<JWTPayload> {
    const required = { requiredClaims: ['sub', 'exp'] }
    try {
      // The algorithm decides the key, so a public key can never be taken for a secret.
      if (algorithmOf(token) === 'HS256') {
        return (await jwtVerify(token, this.#secret, { algorithms: ['HS256'], ...required })).payload
      }
      if (this.#keySet === undefined) throw new Error('no key set is configured')
      const algorithms = ['EdDSA', 'ES256', 'RS256']
      return (await jwtVerify(token, this.#keySet, { algorithms, ...required })).payload
    } catch (cause) {
      if (cause instanceof RoarError) throw cause
      throw new RoarError('unauthorized', `the token is not valid: ${(cause as Error).message}`, { cause })
    }
  }

  /** A token for a new guest. @throws RoarError guests_not_allowed */
  async issueGuest(name: unknown): Promise<{ viewer: string; name: string; token: string; expires: number }> {
    if (!this.#guests) throw new RoarError('guests_not_allowed', 'this server takes signed-in viewers only')
    const viewer = `guest-${randomBytes(9).toString('hex')}`
    const cleaned = cleanName(name) || `Guest ${randomInt(1000, 10_000)}`
    const expiresS = Math.floor(Date.now() / 1000) + this.#guestTtlS
    const token = await new SignJWT({ name: cleaned })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(viewer)
      .setExpirationTime(expiresS)
      .sign(this.#secret)
    return { viewer, name: cleaned, token, expires: expiresS * 1000 }
  }

  /** A viewer's keyed hash: the same viewer gives the same one, and without the secret nobody finds the viewer. */
  hashOf(viewer: string): string {
    return createHash('sha256').update(this.#secret).update(viewer).digest('base64url').slice(0, 22)
  }
}

function bearerToken(request: Request): string | undefined {
  const authorization = request.headers.get('authorization')
  return authorization === null ? undefined : tokenIn(authorization)
}

/** The scheme's name has no case (RFC 9110 section 11.1). */
const tokenIn = (authorization: string): string | undefined =>
  authorization.startsWith('Bearer ') || /^bearer /i.test(authorization)
    ? authorization.slice('Bearer '.length).trim()
    : undefined

/** The keys at an address. That they can not be had says nothing of a token, and who has a good one should keep it. */
function remoteKeySet(address: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(address)
  return async (...token) => {
    try {
      return await keys(...token)
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause
      throw new RoarError('keys_unavailable', `the key set: ${(cause as Error).message}`, { cause })
    }
  }
}

function algorithmOf(token: string): unknown {
  const head = token.slice(0, token.indexOf('.'))
  return (JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { alg?: unknown }).alg
}

const isSubject = (sub: unknown): sub is string =>
  typeof sub === 'string' && sub !== '' && sub.length <= SUBJECT_LENGTH_MAX

function viewerOf(payload: JWTPayload): Viewer {
  const { sub, name, segment, show, role, iss, iat } = payload
  if (!isSubject(sub)) {
    throw new RoarError(
      'unauthorized',
      `the token's sub is not a text of 1 to ${SUBJECT_LENGTH_MAX} characters`,
    )
  }
  const viewer: Viewer = { viewer: sub, name: cleanName(name) || 'Viewer' }
  if (isId(segment)) viewer.segment = segment
  if (isId(show)) viewer.show = show
  if (role === 'producer') viewer.role = role
  if (typeof iss === 'string') viewer.issuer = iss
  if (typeof iat === 'number') viewer.issued = iat * 1000
  return viewer
}
