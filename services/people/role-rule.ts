import type { JWTPayload } from 'jose'
import { isId } from '../../protocol/ids.ts'
import { type Grant, ROLES, type Role } from '../../protocol/people.ts'
import { type ClaimRule, holds, parseClaimRule } from '../identity/claim-rule.ts'

/** A provider's claim that grants a role, written `CLAIM=VALUE ROLE` or `CLAIM=VALUE ROLE@SHOW`. */
export interface RoleRule {
  rule: ClaimRule
  grant: Grant
}

/** undefined: invalid. */
export function parseRoleRule(text: string): RoleRule | undefined {
  const [, claim = '', role, show] = /^(.+) (\w+)(?:@(\S+))?$/.exec(text) ?? []
  const rule = parseClaimRule(claim)
  if (rule === undefined || rule.issuer !== undefined || !ROLES.includes(role as Role)) return undefined
  if (show !== undefined && !isId(show)) return undefined
  return { rule, grant: { role: role as Role, ...(show !== undefined && { show }) } }
}

/** The grants from these claims, each once. */
export function grantsIn(rules: readonly RoleRule[], claims: JWTPayload): Grant[] {
  const given = rules.filter(({ rule }) => holds([rule], claims, 'secret')).map(({ grant }) => grant)
  return given.filter((grant, i) => given.findIndex((other) => Bun.deepEquals(other, grant)) === i)
}
