import type { Configuration } from 'openid-client'
import type { Logger } from 'pino'
import { RoarError } from '../../protocol/errors.ts'
import type { RoleRule } from './role-rule.ts'

/** How long the provider may take to answer, in seconds. */
const TIMEOUT_S = 10

export interface OpenIdSettings {
  issuer: string
  client: string
  /** Empty: a public client, which PKCE alone protects. */
  secret: string
  scope: string
  /** Empty: roles are the studio's own, and only people who were invited get in. */
  roles: readonly RoleRule[]
}

/** What a browser keeps from its way to the provider until its way back. */
export interface Journey {
  state: string
  nonce: string
  verifier: string
}

/** Whom the provider vouches for. */
export interface Vouched {
  issuer: string
  sub: string
  claims: Record<string, unknown>
}

export type OpenId = ReturnType<typeof createOpenId>

/**
 * Signing in at an OpenID Connect provider: the authorization code flow with PKCE, state and nonce.
 * @param logger Told when the provider can sign nobody in: who tries can do nothing about a secret that has expired.
 */
export function createOpenId(settings: OpenIdSettings, logger: Pick<Logger, 'warn'>) {
  const { issuer, client, secret, scope, roles } = settings
  let found: Promise<{ oidc: typeof import('openid-client'); config: Configuration }> | undefined

  /** Loaded, and the provider asked what it can, at the first sign-in: a start needs neither. */
  function provider() {
    found ??= discovered().catch((cause) => {
      found = undefined
      throw unavailable(cause)
    })
    return found
  }

  function unavailable(cause: unknown): RoarError {
    const why = whyOf(cause)
    logger.warn({ issuer, why }, 'the sign-in provider can sign nobody in')
    return new RoarError('sign_in_unavailable', `the provider can sign nobody in at the moment: ${why}`, {
      cause,
    })
  }

  async function discovered() {
    const oidc = await import('openid-client')
    const config = await oidc.discovery(
      new URL(issuer),
      client,
      undefined,
      secret === '' ? oidc.None() : oidc.ClientSecretBasic(secret),
      {
        timeout: TIMEOUT_S,
        // The settings allow such an address on this machine alone.
        ...(issuer.startsWith('http:') && { execute: [oidc.allowInsecureRequests] }),
      },
    )
    // TLS says whom the answer is from; the signature says it once more.
    oidc.enableNonRepudiationChecks(config)
    return { oidc, config }
  }

  return {
    issuer,
    roles,

    /** Where the browser is sent, and what it keeps meanwhile. @throws RoarError sign_in_unavailable */
    async begin(redirectUri: string): Promise<{ address: URL; journey: Journey }> {
      const { oidc, config } = await provider()
      const journey = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const address = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state: journey.state,
        nonce: journey.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(journey.verifier),
        code_challenge_method: 'S256',
      })
      return { address, journey }
    },

    /**
     * Whom the provider vouches for, by what the browser came back with.
     * @param back The address of the way back, with its query. @throws RoarError wrong_sign_in, sign_in_unavailable
     */
    async finish(back: URL, { state, nonce, verifier }: Journey): Promise<Vouched> {
      const { oidc, config } = await provider()
      try {
        const tokens = await oidc.authorizationCodeGrant(config, back, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()!
        // Many a provider says no more than who it is in the token itself.
        const more =
          config.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
        return { issuer: claims.iss, sub: claims.sub, claims: { ...claims, ...more } }
      } catch (cause) {
        if (isOutage(cause)) throw unavailable(cause)
        throw new RoarError('wrong_sign_in', 'the provider did not sign this user in', { cause })
      }
    },
  }
}

/** What a provider says that cannot serve this server at all, whoever signs in (RFC 6749 sections 4.1.2.1 and 5.2). */
const NOBODY_NOW = ['invalid_client', 'unauthorized_client', 'server_error', 'temporarily_unavailable']

/** A time that is over; and a challenge, which is for this server's own secret and never for who signs in (RFC 6749 section 5.2). */
const NO_REFUSAL = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE']

/** What did not come about has no code of the library's, or one of those, or is no answer of the protocol's; everything else is a refusal. */
const isOutage = (cause: unknown): boolean => {
  const { code, error = '', cause: why } = cause as { code?: string; error?: string; cause?: unknown }
  return (
    code === undefined || NO_REFUSAL.includes(code) || why instanceof Response || NOBODY_NOW.includes(error)
  )
}

/** In words, with the provider's own word for it, or the status, where there is one. */
function whyOf(cause: unknown): string {
  const { message, error, status } = cause as { message: string; error?: string; status?: number }
  const word = error ?? status
  return word === undefined ? message : `${message} (${word})`
}
