import type { Grant, Role } from '../../protocol/people.ts'

/** The least that somebody must be for a call. `member`: anything at all. */
export type Least = Role | 'member'

/** What each role may do: a moderator and an analyst have nothing of each other. */
const INCLUDES: Record<Role, readonly Least[]> = {
  owner: ['owner', 'producer', 'moderator', 'analyst', 'member'],
  producer: ['producer', 'moderator', 'analyst', 'member'],
  moderator: ['moderator', 'member'],
  analyst: ['analyst', 'member'],
}

/**
 * Whether these grants are enough for a call. @param show The show that the call is about; undefined: none, and then a role in
 * one show is enough for what any member may do, and for nothing more.
 */
export const mayCall = (grants: readonly Grant[], least: Least, show: string | undefined): boolean =>
  grants.some(
    (grant) =>
      INCLUDES[grant.role].includes(least) &&
      (grant.show === undefined || (show === undefined ? least === 'member' : grant.show === show)),
  )
