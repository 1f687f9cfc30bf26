import * as v from 'valibot'
import type { StoredPerson } from '../../../adapters/store/people.ts'
import { mayCall } from '../../../engine/people/roles.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { STUDIO_BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import { peerAddress } from '../../http/address.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import { MATCHES, seenIn } from '../../http/versions.ts'
import { checkRecent } from '../../identity/member.ts'
import type { PeopleContext } from '../context.ts'
import { checkGrantedShows } from '../granted-shows.ts'
import {
  asIs,
  EXAMPLE_LINK,
  EXAMPLE_ME,
  EXAMPLE_PERSON,
  email,
  MeSchema,
  OneTimeLink,
  PersonSchema,
  password,
  personName,
  personOf,
  roles,
  viewOf,
} from '../schemas.ts'
import { beginSession } from './begin-session.ts'

const AS_IT_IS = { 200: answer('The person as they are now', PersonSchema, EXAMPLE_PERSON) }
export const listPeople = call({
  id: 'listPeople',
  method: 'GET',
  path: '/v1/studio/people',
  tag: 'People',
  summary: 'List the people of the studio, by their e-mail',
  who: 'owner',
  answers: { 200: answer('The people', v.array(PersonSchema), [EXAMPLE_PERSON]) },
  errors: ['store_unavailable'],
}).handle(async ({ people }: PeopleContext) => ({ status: 200, body: (await people.all()).map(viewOf) }))

export const invitePerson = call({
  id: 'invitePerson',
  method: 'POST',
  path: '/v1/studio/people',
  tag: 'People',
  summary: 'Invite somebody',
  description:
    'The answer has a link with which they set their password. It works once, within a day, and is shown only once.',
  who: 'owner',
  body: json(
    v.strictObject({ email, name: personName, roles }),
    { email: EXAMPLE_PERSON.email, name: 'Pat', roles: EXAMPLE_PERSON.roles },
    { bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: { 201: answer('The person, and their link', OneTimeLink, EXAMPLE_LINK) },
  errors: ['sign_in_again', 'unknown_show', 'already_exists', 'stale', 'store_unavailable'],
}).handle(async ({ people, outside, directory }: PeopleContext, { body, caller, request }) => {
  checkRecent(caller)
  checkGrantedShows(directory, body.roles)
  const { person, secret, expires } = await people.invite(body, caller.who)
  const link = outside.link(secret, request)
  return { status: 201, body: { person: viewOf(person), link, expires } }
})

export const linkPerson = call({
  id: 'makeLink',
  method: 'POST',
  path: '/v1/studio/people/{person}/link',
  tag: 'People',
  summary: 'Create a new link for somebody who lost their invitation or forgot their password',
  description: 'Earlier links are no longer valid. The password stays until the link is used.',
  who: 'owner',
  answers: { 201: answer('The person, and their link', OneTimeLink, EXAMPLE_LINK) },
  errors: ['sign_in_again', 'store_unavailable'],
}).handle(async ({ people, outside }: PeopleContext, { params, caller, request }) => {
  checkRecent(caller)
  const { person, secret, expires } = await people.link(params.person, caller.who)
  const link = outside.link(secret, request)
  return { status: 201, body: { person: viewOf(person), link, expires } }
})

export const welcome = call({
  id: 'welcome',
  method: 'POST',
  path: '/v1/studio/people/welcome',
  tag: 'People',
  summary: 'Set a password by a one-time link',
  description:
    'All sessions of the person end, and a new one begins in this browser, unless they have a second factor and must sign in. The link for the first owner also needs their e-mail.',
  who: 'anybody',
  body: json(
    v.strictObject({
      token: v.pipe(text, v.description('What is behind `#token=` in the link')),
      password,
      name: v.exactOptional(personName),
      email: v.exactOptional(v.pipe(email, v.description('Of an owner’s link alone'))),
    }),
    { token: '5Zb0Jt0r7v2Vq5nJ3kq2F1o9xw8yT4uC6eD7bA1gH0M', password: 'correct horse battery staple' },
  ),
  answers: { 200: answer('Who is welcome; with `session` where they are signed in', MeSchema, EXAMPLE_ME) },
  errors: [
    'unknown_link',
    'bad_password',
    'forbidden',
    'already_exists',
    'stale',
    'overloaded',
    'store_unavailable',
  ],
}).handle(async (context: PeopleContext, { body: { token, ...given }, request }) => {
  context.outside.refuseOthers(request, { isNeeded: false })
  const person = await context.people.welcome(token, given)
  if (person.totp?.isConfirmed) return { status: 200, body: personOf(person) }
  const { body, cookie } = await beginSession(context, request, { person, how: 'link' })
  return { status: 200, headers: { 'set-cookie': cookie }, body }
})

export const getPerson = call({
  id: 'getPerson',
  method: 'GET',
  path: '/v1/studio/people/{person}',
  tag: 'People',
  summary: 'Get one person',
  description: 'The ETag is their version, for `If-Match`.',
  who: 'owner',
  orOneself: true,
  answers: AS_IT_IS,
  errors: ['store_unavailable'],
}).handle(async ({ people }: PeopleContext, { params: { person } }) => asIs(await people.found(person)))

export const changePerson = call({
  id: 'changePerson',
  method: 'PATCH',
  path: '/v1/studio/people/{person}',
  tag: 'People',
  summary: 'Change a person',
  description: `Only the given fields change. Only an owner may change e-mail and roles; only the person may change their password, by giving the current one, which ends their other sessions. Roles take effect with the next call, in every process. ${MATCHES}`,
  who: 'owner',
  orOneself: true,
  body: json(
    v.strictObject({
      name: v.exactOptional(personName),
      email: v.exactOptional(email),
      roles: v.exactOptional(roles),
      password: v.exactOptional(password),
      current: v.exactOptional(v.pipe(text, v.description('The password until now'))),
    }),
    { name: 'Pat', roles: [{ role: 'moderator', show: 'final' }] },
    { bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: AS_IT_IS,
  errors: [
    'sign_in_again',
    'unknown_show',
    'bad_password',
    'wrong_sign_in',
    'already_exists',
    'last_owner',
    'stale',
    'overloaded',
    'store_unavailable',
  ],
}).handle(async (context: PeopleContext, { params, body, caller, request, server }) => {
  const { password, current, ...given } = body
  const isOwner = mayCall(caller.grants, 'owner', undefined)
  if (given.email !== undefined || given.roles !== undefined) {
    if (!isOwner) throw new RoarError('forbidden', 'only an owner may change e-mail and roles')
    checkRecent(caller)
  }
  const isOwn = caller.signedIn?.person === params.person
  if (password !== undefined && !isOwn)
    throw new RoarError('forbidden', 'only they can change their password: create a link for them')
  const { people, passwords, directory } = context
  checkGrantedShows(directory, given.roles ?? [])
  if (password !== undefined) {
    const person = await people.found(params.person)
    const address = peerAddress(request, server, context.trustProxy)
    await context.signIn.confirm({ email: person.email, password: current ?? '' }, address)
  }
  const act = async (before: StoredPerson) => {
    const person = { ...before, ...given }
    if (password === undefined) return { person, action: 'change-person', detail: given }
    return {
      person: { ...person, password: await passwords.hash(password, person) },
      action: 'change-password',
      detail: given,
      ends: { person: params.person, except: caller.signedIn!.session },
    }
  }
  return asIs(await people.change(params.person, caller.who, act, seenIn(request)))
})

export const removePerson = call({
  id: 'removePerson',
  method: 'DELETE',
  path: '/v1/studio/people/{person}',
  tag: 'People',
  summary: 'Remove a person',
  description: `Their sessions and links end at once. Removing somebody again gets the same answer. ${MATCHES}`,
  who: 'owner',
  answers: {
    200: answer('They have been removed', named('RemovedPerson', v.object({ person: text })), {
      person: EXAMPLE_PERSON.person,
    }),
  },
  errors: ['last_owner', 'stale', 'store_unavailable'],
}).handle(async ({ people }: PeopleContext, { params: { person }, caller, request }) => {
  await people.remove(person, caller.who, seenIn(request))
  return { status: 200, body: { person } }
})
