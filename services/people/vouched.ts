import { randomUUID } from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PeopleStore, StoredPerson } from '../../adapters/store/people.ts'
import { RoarError } from '../../protocol/errors.ts'
import { emailKeyOf, type Grant } from '../../protocol/people.ts'
import { cleanName } from '../identity/name.ts'
import type { Vouched } from './openid.ts'
import type { People } from './people.ts'
import { grantsIn, type RoleRule } from './role-rule.ts'
import { isEmail } from './schemas.ts'

/**
 * The person for whom a provider vouches: one it vouched for before; else one invited under an e-mail that the provider says is
 * theirs; else, if its claims grant a role, a new one. Roles from claims are updated at each sign-in.
 * @throws RoarError forbidden for a stranger and for one without a granted role, last_owner
 */
export function findVouched({
  store,
  people,
  roles: rules,
  clock,
}: {
  store: PeopleStore
  people: People
  roles: readonly RoleRule[]
  clock: Clock
}): (vouched: Vouched) => Promise<StoredPerson> {
  return async ({ issuer, sub, claims }) => {
    const subject = { issuer, sub }
    const roles = grantsIn(rules, claims)
    if (rules.length > 0 && roles.length === 0)
      throw new RoarError('forbidden', 'no claim of the provider gives a role here')
    const email = verifiedEmail(claims)
    const all = await store.all()
    const known = all.find((each) => each.subject?.issuer === issuer && each.subject.sub === sub)
    const asInvited = email && all.find((each) => emailKeyOf(each.email) === emailKeyOf(email))
    // An account already linked to somebody else at the provider is not taken over by an e-mail.
    const person = known ?? (asInvited && asInvited.subject === undefined ? asInvited : undefined)
    if (person !== undefined) return people.change(person.person, issuer, take(subject, roles))
    if (email === undefined || roles.length === 0)
      throw new RoarError('forbidden', 'nobody with this account was invited')
    const name = cleanName(claims.name) || email.split('@')[0]!
    return people.add(
      { person: randomUUID(), email, name, roles, subject, made: clock.now(), version: 1 },
      issuer,
    )
  }
}

/** Without roles in the claims the person's own stay. */
const take = (subject: NonNullable<StoredPerson['subject']>, roles: Grant[]) => (before: StoredPerson) => {
  const person = { ...before, subject, ...(roles.length > 0 && { roles }) }
  return { person, action: 'take-claims', detail: { ...subject, roles } }
}

/** OpenID Connect Core section 5.7: an unverified e-mail may belong to anybody. */
function verifiedEmail({ email, email_verified }: Record<string, unknown>): string | undefined {
  const isTheirs = email_verified === true || email_verified === 'true'
  return isTheirs && isEmail(email) ? email : undefined
}
