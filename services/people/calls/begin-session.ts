import type { StoredPerson } from '../../../adapters/store/people.ts'
import type { PeopleContext } from '../context.ts'
import { type Me, personOf } from '../schemas.ts'

/** Starts a session that replaces the one of this browser: the response's body and cookie. */
export async function beginSession(
  { sessions, outside }: PeopleContext,
  request: Request,
  { person, how }: { person: StoredPerson; how: string },
): Promise<{ body: Me; cookie: string }> {
  const { secret, session } = await sessions.begin(person, {
    agent: request.headers.get('user-agent') ?? '',
    how,
    before: outside.cookieIn(request, 'session'),
  })
  return {
    cookie: outside.cookie(request, 'session', secret, sessions.maxAgeS),
    body: { session: session.id, ...personOf(person), expires: session.ends },
  }
}
