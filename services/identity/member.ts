import { RoarError } from '../../protocol/errors.ts'
import type { Grant } from '../../protocol/people.ts'

/** Who calls the studio: a person by their session, or whom a token or an API key is of. */
export interface Member {
  /** As the trail has it. */
  who: string
  name: string
  grants: readonly Grant[]
  /** Of a person who is signed in. */
  signedIn?: { person: string; session: string; email: string; isRecent: boolean }
  /** Until when it is good, milliseconds since 1970; absent: until it is revoked. */
  expires?: number
}

/** Finds out who calls, anew for each request: what was ended or lowered holds at the next one, in every process. */
export interface Members {
  /**
   * @throws RoarError unauthorized for nobody and for what is no longer good, forbidden for a viewer and for what another site
   *   asks by somebody's cookie, keys_unavailable, store_unavailable
   */
  memberOf(request: Request): Promise<Member>
}

/**
 * For changes of who gets in, and how: a browser that somebody left signed in must not give a stranger a way in that lasts. What
 * has no session, such as a token, is not left in a browser. @throws RoarError sign_in_again
 */
export function checkRecent({ signedIn }: Member): void {
  if (signedIn?.isRecent === false)
    throw new RoarError('sign_in_again', 'this needs a sign-in of the last 15 minutes: sign in again')
}
