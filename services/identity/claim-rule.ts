import type { JWTPayload } from 'jose'
import { ConfigError } from '../../settings/config-error.ts'

/**
 * A claim that makes somebody more than a viewer, written `CLAIM=VALUE` for tokens signed with the server's own secret and
 * `ISSUER CLAIM=VALUE` for those of an issuer: what one issuer may say another may not.
 */
export interface ClaimRule {
  issuer?: string
  /** The claim's name, or a path of names with dots between: `realm_access.roles`. */
  claim: string
  /** The claim is this, as text, or a list that has it. */
  value: string
}

const RULE = /^(?:(\S+) )?([^\s=]+)=(.+)$/s

/** undefined: it is none. */
export function parseClaimRule(text: string): ClaimRule | undefined {
  const [, issuer, claim, value] = RULE.exec(text) ?? []
  if (claim === undefined || value === undefined) return undefined
  return { ...(issuer !== undefined && { issuer }), claim, value }
}

/** @throws ConfigError for a rule about an issuer whose tokens are refused: it would never hold */
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

/** Whether one of the rules makes something of these claims. */
export const holds = (rules: readonly ClaimRule[], claims: JWTPayload, by: 'secret' | 'key set'): boolean =>
  rules.some(({ issuer, claim, value }) => {
    if (issuer === undefined ? by !== 'secret' : claims.iss !== issuer) return false
    const said = claimAt(claims, claim)
    // Nearly every token is of somebody who is no more than a viewer.
    if (said === undefined) return false
    return (Array.isArray(said) ? said : [said]).some((one) => isScalar(one) && String(one) === value)
  })

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

/** The claim of this very name, as names may have dots in them (`https://roar.example/role`); else the one at the path. */
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
