import * as v from 'valibot'
import { mayCall } from '../../../engine/people/roles.ts'
import { RoarError } from '../../../protocol/errors.ts'
import type { SessionView } from '../../../protocol/people.ts'
import { peerAddress } from '../../http/address.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import type { Member } from '../../identity/member.ts'
import type { PeopleContext } from '../context.ts'
import { EXAMPLE_ME, EXAMPLE_SESSION, email, MeSchema, personOf, SessionSchema } from '../schemas.ts'
import { beginSession } from './begin-session.ts'

const CURRENT = 'current'

export const signIn = call({
  id: 'signIn',
  method: 'POST',
  path: '/v1/studio/sessions',
  tag: 'People',
  summary: 'Sign in by e-mail and password',
  description:
    'The answer sets a cookie that this browser alone sends back. A session that the browser had ends. After some sign-ins of one account that went wrong the answer comes up to 4 s later; nobody is locked out.',
  who: 'anybody',
  body: json(
    v.strictObject({
      email,
      password: text,
      code: v.exactOptional(v.pipe(text, v.description('Of the second factor, or a recovery code'))),
    }),
    { email: EXAMPLE_SESSION.email, password: 'correct horse battery staple' },
  ),
  answers: { 201: answer('Who has signed in', MeSchema, EXAMPLE_ME) },
  errors: ['wrong_sign_in', 'code_required', 'forbidden', 'overloaded', 'store_unavailable'],
}).handle(async (context: PeopleContext, { body, request, server }) => {
  const { outside, trustProxy } = context
  outside.refuseOthers(request, { isNeeded: false })
  const { person, how } = await context.signIn.signIn(body, peerAddress(request, server, trustProxy))
  const { body: me, cookie } = await beginSession(context, request, { person, how })
  return { status: 201, headers: { 'set-cookie': cookie }, body: me }
})

export const listSessions = call({
  id: 'listSessions',
  method: 'GET',
  path: '/v1/studio/sessions',
  tag: 'People',
  summary: 'List where you are signed in, the newest first',
  description: 'An owner may also list another person’s.',
  who: 'member',
  query: { person: v.pipe(v.string(), v.description('Default: the caller')) },
  answers: { 200: answer('The sessions', v.array(SessionSchema), [EXAMPLE_SESSION]) },
  errors: ['not_found', 'store_unavailable'],
}).handle(async ({ people, sessions }: PeopleContext, { query, caller }) => {
  const asked = query.person ?? caller.signedIn?.person
  if (asked === undefined) return { status: 200, body: [] }
  checkWhose(caller, asked)
  const person = await people.found(asked)
  const all = await sessions.list(asked)
  const body = all.map(
    ({ id, made, used, ends, agent }): SessionView => ({
      session: id,
      ...personOf(person),
      ...{ made, used, agent },
      expires: ends,
    }),
  )
  return { status: 200, body }
})

export const currentSession = call({
  id: 'getSession',
  method: 'GET',
  path: '/v1/studio/sessions/{session}',
  tag: 'People',
  summary: 'Find out who you are, with `current`',
  who: 'member',
  answers: { 200: answer('The caller', MeSchema, EXAMPLE_ME) },
  errors: ['store_unavailable'],
}).handle((_: PeopleContext, { params: { session }, caller }) => {
  const { signedIn, name, grants, expires } = caller
  if (session !== CURRENT && session !== signedIn?.session)
    throw new RoarError('not_found', 'this is not the session of this request')
  const person = signedIn && {
    session: signedIn.session,
    person: signedIn.person,
    email: signedIn.email,
  }
  return {
    status: 200,
    body: { ...person, name, roles: [...grants], ...(expires !== undefined && { expires }) },
  }
})

export const endSession = call({
  id: 'endSession',
  method: 'DELETE',
  path: '/v1/studio/sessions/{session}',
  tag: 'People',
  summary: 'Sign out: here with `current`, or there by its id',
  description:
    'Takes effect at once, in every process. An owner may end anybody’s. Ending it again gets the same answer.',
  who: 'member',
  answers: {
    200: answer('It has ended', named('EndedSession', v.object({ session: text })), {
      session: EXAMPLE_SESSION.session,
    }),
  },
  errors: ['store_unavailable'],
}).handle(async ({ people, sessions, outside }: PeopleContext, { params: { session }, caller, request }) => {
  const own = caller.signedIn?.session
  const asked = session === CURRENT ? own : session
  if (asked === undefined) throw new RoarError('not_found', 'a token has no session')
  const person = asked === own ? caller.signedIn!.person : await sessions.personOf(asked)
  if (person !== undefined) {
    checkWhose(caller, person)
    await people.end({ id: asked }, caller.who, { session: asked, person })
  }
  return {
    status: 200,
    headers: asked === own ? { 'set-cookie': outside.cookie(request, 'session', '', 0) } : {},
    body: { session: asked },
  }
})

/** Only an owner may handle another person's sessions. @throws RoarError forbidden */
function checkWhose({ signedIn, grants }: Member, person: string): void {
  if (person !== signedIn?.person && !mayCall(grants, 'owner', undefined))
    throw new RoarError('forbidden', 'only an owner may see another person’s sessions')
}
