import type { Grant, Role } from '../../protocol/people.ts'

/** The least role that a call needs. `member`: any role at all. */
export type Least = Role | 'member'

/** What each role includes: moderator and analyst do not include each other. */
const INCLUDES: Record<Role, readonly Least[]> = {
  owner: ['owner', 'producer', 'moderator', 'analyst', 'member'],
  producer: ['producer', 'moderator', 'analyst', 'member'],
  moderator: ['moderator', 'member'],
  analyst: ['analyst', 'member'],
}

/**
 * Whether these grants allow a call. @param show The show that the call is about; undefined: none, and then a role in one show
 * allows only what any member may do.
 */
export const mayCall = (grants: readonly Grant[], least: Least, show: string | undefined): boolean =>
  grants.some(
    (grant) =>
      INCLUDES[grant.role].includes(least) &&
      (grant.show === undefined || (show === undefined ? least === 'member' : grant.show === show)),
  )
