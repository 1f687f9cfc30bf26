import { RoarError } from '../../protocol/errors.ts'
import type { Grant } from '../../protocol/people.ts'

/** The caller of the studio's API: a person with a session, or the owner of a token or an API key. */
export interface Member {
  /** The name in the audit trail. */
  who: string
  name: string
  grants: readonly Grant[]
  /** For a person who is signed in. */
  signedIn?: { person: string; session: string; email: string; isRecent: boolean }
  /** When it expires, milliseconds since 1970; absent: valid until it is revoked. */
  expires?: number
}

/**
 * Identifies callers anew for each request: a session that ended, or a role that was reduced, takes effect on the next request,
 * in every process.
 */
export interface Members {
  /**
   * @throws RoarError unauthorized without valid credentials, forbidden for a viewer and for a request of another site with
   * somebody's cookie, keys_unavailable, store_unavailable
   */
  memberOf(request: Request): Promise<Member>
}

/**
 * For changes of who can sign in, and how: a browser that somebody left signed in must not give a stranger lasting access.
 * Callers without a session, such as those with a token, pass: a token is not left in a browser. @throws RoarError sign_in_again
 */
export function checkRecent({ signedIn }: Member): void {
  if (signedIn?.isRecent === false)
    throw new RoarError('sign_in_again', 'this needs a sign-in of the last 15 minutes: sign in again')
}
