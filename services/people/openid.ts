import type { Configuration } from 'openid-client'
import type { Logger } from 'pino'
import { RoarError } from '../../protocol/errors.ts'
import type { RoleRule } from './role-rule.ts'

/** How long the provider may take to respond, in seconds. */
const TIMEOUT_S = 10

export interface OpenIdSettings {
  issuer: string
  client: string
  /** Empty: a public client, protected only by PKCE. */
  secret: string
  scope: string
  /** Empty: the studio manages roles itself, and only invited people get in. */
  roles: readonly RoleRule[]
}

/** What a browser keeps while it is at the provider. */
export interface Journey {
  state: string
  nonce: string
  verifier: string
}

/** A person vouched for by the provider. */
export interface Vouched {
  issuer: string
  sub: string
  claims: Record<string, unknown>
}

export type OpenId = ReturnType<typeof createOpenId>

/**
 * Sign-in through an OpenID Connect provider: the authorization code flow with PKCE, state and nonce.
 * @param logger Warned when the provider can sign in nobody: a user can do nothing about, say, an expired secret.
 */
export function createOpenId(settings: OpenIdSettings, logger: Pick<Logger, 'warn'>) {
  const { issuer, client, secret, scope, roles } = settings
  let found: Promise<{ oidc: typeof import('openid-client'); config: Configuration }> | undefined

  /** Loaded, with the provider's metadata, at the first sign-in: a start needs neither. */
  function provider() {
    found ??= discovered().catch((cause) => {
      found = undefined
      throw unavailable(cause)
    })
    return found
  }

  function unavailable(cause: unknown): RoarError {
    const why = whyOf(cause)
    logger.warn({ issuer, why }, 'nobody can sign in with the provider')
    return new RoarError(
      'sign_in_unavailable',
      `nobody can sign in with the provider at the moment: ${why}`,
      {
        cause,
      },
    )
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
        // The settings allow such a URL only on this machine.
        ...(issuer.startsWith('http:') && { execute: [oidc.allowInsecureRequests] }),
      },
    )
    // TLS already authenticates the response; the signature does so again.
    oidc.enableNonRepudiationChecks(config)
    return { oidc, config }
  }

  return {
    issuer,
    roles,

    /** Where to redirect the browser, and what it keeps meanwhile. @throws RoarError sign_in_unavailable */
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
     * The person vouched for, from what the browser brought back.
     * @param back The callback URL, with its query. @throws RoarError wrong_sign_in, sign_in_unavailable
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
        // Many providers put only the subject into the token itself.
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

/** Errors that concern this server, whoever signs in (RFC 6749 sections 4.1.2.1 and 5.2). */
const NOBODY_NOW = ['invalid_client', 'unauthorized_client', 'server_error', 'temporarily_unavailable']

/** A timeout; and a challenge, which concerns this server's own secret and never the person (RFC 6749 section 5.2). */
const NO_REFUSAL = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE']

/** An outage: no code of the library's, one of those above, or a response outside the protocol. Everything else is a refusal. */
const isOutage = (cause: unknown): boolean => {
  const { code, error = '', cause: why } = cause as { code?: string; error?: string; cause?: unknown }
  return (
    code === undefined || NO_REFUSAL.includes(code) || why instanceof Response || NOBODY_NOW.includes(error)
  )
}

/** The reason in words, with the provider's error code or the status, if there is one. */
function whyOf(cause: unknown): string {
  const { message, error, status } = cause as { message: string; error?: string; status?: number }
  const word = error ?? status
  return word === undefined ? message : `${message} (${word})`
}
