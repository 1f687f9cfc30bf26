import type { JWTPayload } from 'jose'
import { ConfigError } from '../../settings/config-error.ts'

/**
 * A claim that gives more rights than a viewer's, written `CLAIM=VALUE` for tokens signed with the server's own secret and
 * `ISSUER CLAIM=VALUE` for those of an issuer: an issuer may grant only what its own rules say.
 */
export interface ClaimRule {
  issuer?: string
  /** The claim's name, or a dotted path of names: `realm_access.roles`. */
  claim: string
  /** The claim equals this, as text, or is a list that contains it. */
  value: string
}

const RULE = /^(?:(\S+) )?([^\s=]+)=(.+)$/s

/** undefined: invalid. */
export function parseClaimRule(text: string): ClaimRule | undefined {
  const [, issuer, claim, value] = RULE.exec(text) ?? []
  if (claim === undefined || value === undefined) return undefined
  return { ...(issuer !== undefined && { issuer }), claim, value }
}

/** @throws ConfigError for a rule about an issuer whose tokens are refused: it could never apply */
export function checkIssuers(
  config: Record<'auth-issuer' | 'auth-producer' | 'auth-verified', string[]>,
): void {
  const issuers = config['auth-issuer']
  for (const name of ['auth-producer', 'auth-verified'] as const) {
    const stranger = config[name]
      .map((rule) => parseClaimRule(rule)?.issuer)
      .find((issuer) => issuer !== undefined && issuers.length > 0 && !issuers.includes(issuer))
    if (stranger !== undefined)
      throw new ConfigError(name, `is about the issuer ${stranger}, which auth-issuer does not name`)
  }
}

/** Whether one of the rules applies to these claims. */
export const holds = (rules: readonly ClaimRule[], claims: JWTPayload, by: 'secret' | 'key set'): boolean =>
  rules.some(({ issuer, claim, value }) => {
    if (issuer === undefined ? by !== 'secret' : claims.iss !== issuer) return false
    const said = claimAt(claims, claim)
    // Nearly every token belongs to somebody who is only a viewer.
    if (said === undefined) return false
    return (Array.isArray(said) ? said : [said]).some((one) => isScalar(one) && String(one) === value)
  })

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** The claim of exactly this name, since names may contain dots (`https://roar.example/role`); else the one at the path. */
function claimAt(claims: JWTPayload, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  if (!path.includes('.')) return undefined
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      claims,
    )
}
