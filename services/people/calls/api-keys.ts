import * as v from 'valibot'
import type { ApiKey } from '../../../adapters/store/people.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { type Grant, ROLES, type Role } from '../../../protocol/people.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { id, named, text, time } from '../../http/call/schemas.ts'
import { checkRecent } from '../../identity/member.ts'
import type { PeopleContext } from '../context.ts'
import { checkGrantedShows } from '../granted-shows.ts'
import { personName } from '../schemas.ts'

/** How long a key is valid by default and at most, in milliseconds: a year, and ten. */
const KEY_MS = 365 * 86_400_000
const KEY_MS_MAX = 10 * KEY_MS
/** Shows that one key may be limited to. */
const SHOWS_MAX = 50

/** A machine cannot be an owner. */
const scopes = v.pipe(
  v.array(v.picklist(ROLES.filter((role) => role !== 'owner'))),
  v.minLength(1, 'is empty'),
  v.maxLength(ROLES.length, 'has too many entries'),
)
const shows = v.pipe(
  v.array(id),
  v.minLength(1, 'is empty'),
  v.maxLength(SHOWS_MAX, `has more than ${SHOWS_MAX} of them`),
  v.description('Default: every show, and what is no show’s own'),
)
const KEY_FIELDS = {
  key: v.pipe(text, v.description('What it is called here; it is not the key itself')),
  name: text,
  scopes: v.pipe(v.array(v.picklist(ROLES)), v.description('Roles, see docs/people.md')),
  shows: v.exactOptional(v.array(text)),
  made: time,
  used: v.pipe(time, v.description('To the minute')),
  expires: time,
}
const ApiKeySchema = named('ApiKey', v.object(KEY_FIELDS))
const NewApiKey = named(
  'NewApiKey',
  v.object({ ...KEY_FIELDS, secret: v.pipe(text, v.description('The key itself, shown once')) }),
)
const EXAMPLE_KEY = {
  key: '4f9d2c1a-0b7e-4c55-8f3d-1c2d3e4f5a6b',
  name: 'Scoreboard',
  scopes: ['analyst' as Role],
  shows: ['final'],
  made: 1_795_349_712_000,
  used: 1_795_349_712_000,
  expires: 1_826_885_712_000,
}

export const listApiKeys = call({
  id: 'listApiKeys',
  method: 'GET',
  path: '/v1/studio/api-keys',
  tag: 'People',
  summary: 'List the keys of machines, oldest first',
  who: 'owner',
  answers: { 200: answer('The keys', v.array(ApiKeySchema), [EXAMPLE_KEY]) },
  errors: ['store_unavailable'],
}).handle(async ({ apiKeys }: PeopleContext) => ({ status: 200, body: (await apiKeys.list()).map(viewOf) }))

export const makeApiKey = call({
  id: 'makeApiKey',
  method: 'POST',
  path: '/v1/studio/api-keys',
  tag: 'People',
  summary: 'Make a key for a machine',
  description: 'It is sent as `Authorization: Bearer roar_…`, and is not shown again.',
  who: 'owner',
  body: json(
    v.strictObject({
      name: personName,
      scopes,
      shows: v.exactOptional(shows),
      expires: v.exactOptional(v.pipe(time, v.description('Default: in a year; in ten at most'))),
    }),
    { name: 'Scoreboard', scopes: ['analyst'], shows: ['final'] },
  ),
  answers: {
    201: answer('The key', NewApiKey, {
      ...EXAMPLE_KEY,
      secret: 'roar_5Zb0Jt0r7v2Vq5nJ3kq2F1o9xw8yT4uC6eD7bA1gH0M',
    }),
  },
  errors: ['sign_in_again', 'unknown_show', 'store_unavailable'],
}).handle(async ({ apiKeys, directory, clock }: PeopleContext, { body, caller }) => {
  checkRecent(caller)
  const { name, scopes, shows, expires } = body
  const grants = grantsOf(scopes, shows)
  checkGrantedShows(directory, grants)
  const now = clock.now()
  const ends = expires ?? now + KEY_MS
  if (ends <= now || ends > now + KEY_MS_MAX)
    throw new RoarError('bad_request', 'expires: is in the past, or more than ten years ahead')
  const { key, secret } = await apiKeys.make({ name, grants, ends }, caller.who)
  return { status: 201, body: { ...viewOf(key), secret } }
})

export const endApiKey = call({
  id: 'endApiKey',
  method: 'DELETE',
  path: '/v1/studio/api-keys/{key}',
  tag: 'People',
  summary: 'Revoke a key',
  description: 'Takes effect at once, in every process. Ending it again gets the same answer.',
  who: 'owner',
  answers: {
    200: answer('It has ended', named('EndedApiKey', v.object({ key: text })), { key: EXAMPLE_KEY.key }),
  },
  errors: ['store_unavailable'],
}).handle(async ({ apiKeys }: PeopleContext, { params: { key }, caller }) => {
  await apiKeys.end(key, caller.who)
  return { status: 200, body: { key } }
})

const grantsOf = (scopes: readonly Role[], shows: readonly string[] | undefined): Grant[] =>
  [...new Set(scopes)].flatMap((role) =>
    shows === undefined ? [{ role }] : shows.map((show) => ({ role, show })),
  )

function viewOf({ id, name, grants, made, used, ends }: ApiKey) {
  const shows = [...new Set(grants.flatMap(({ show }) => show ?? []))]
  return {
    key: id,
    name,
    scopes: [...new Set(grants.map(({ role }) => role))],
    ...(shows.length > 0 && { shows }),
    ...{ made, used, expires: ends },
  }
}
