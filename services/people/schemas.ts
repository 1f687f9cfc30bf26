import * as v from 'valibot'
import type { StoredPerson } from '../../adapters/store/people.ts'
import { NAME_LENGTH_MAX } from '../../protocol/limits.ts'
import { type Grant, type Person, ROLES, type SessionView } from '../../protocol/people.ts'
import { component, count, flag, id, text, time } from '../http/call/schemas.ts'
import { etagOf } from '../http/versions.ts'
import { cleanName, isLongName } from '../identity/name.ts'

const EMAIL_LENGTH_MAX = 254
/** Grants of one person. */
const GRANTS_MAX = 100

/** Only mail that arrives proves an address: this check only catches some mistakes. */
export const email = v.pipe(
  text,
  v.maxLength(EMAIL_LENGTH_MAX, `is longer than ${EMAIL_LENGTH_MAX} characters`),
  v.regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address'),
  v.check((address) => !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(address), 'has a character that cannot be seen'),
)

export const isEmail = (value: unknown): value is string => v.is(email, value)

export const personName = v.pipe(
  text,
  v.check((name) => cleanName(name) !== '', 'has nothing that can be seen'),
  v.check((name) => !isLongName(name), `is longer than ${NAME_LENGTH_MAX} characters`),
  v.transform((name: string): string => cleanName(name)),
)

export const password = v.pipe(text, v.description('At least 15 characters, of any kind'))

export const GrantSchema = v.strictObject({
  role: v.picklist(ROLES),
  show: v.exactOptional(v.pipe(id, v.description('Default: every show, and what is no show’s own'))),
})
export const roles = v.pipe(
  v.array(GrantSchema),
  v.minLength(1, 'is empty'),
  v.maxLength(GRANTS_MAX, `has more than ${GRANTS_MAX} of them`),
)

export const PersonSchema = component<Person>()(
  'Person',
  v.object({
    person: text,
    email: text,
    name: text,
    roles: v.array(GrantSchema),
    made: time,
    password: v.pipe(flag, v.description('Whether there is one; otherwise the invitation waits')),
    totp: v.pipe(flag, v.description('Whether a code of a second factor is asked for')),
    version: v.pipe(count, v.description('Grows with every change, and with each code that is used up')),
  }),
)
export const EXAMPLE_PERSON: Person = {
  person: '7d0c3f52-91ab-4e57-8a0e-0c5b8f6e2d14',
  email: 'pat@stadium.example',
  name: 'Pat',
  roles: [{ role: 'producer', show: 'final' }],
  made: 1_795_349_712_000,
  password: true,
  totp: false,
  version: 2,
}

/** The public part of a person: nothing else that is stored leaves, not even in an error. */
export const viewOf = ({
  person,
  email,
  name,
  roles,
  made,
  password,
  totp,
  version,
}: StoredPerson): Person => ({
  ...{ person, email, name, roles, made, version },
  password: password !== undefined,
  totp: totp?.isConfirmed === true,
})

/** The response of a call that gets or changes a person: its ETag is the version. */
export const asIs = (person: StoredPerson) =>
  ({ status: 200, headers: { etag: etagOf(person) }, body: viewOf(person) }) as const

export const SessionSchema = component<SessionView>()(
  'StudioSession',
  v.object({
    session: text,
    person: text,
    name: text,
    email: text,
    roles: v.array(GrantSchema),
    made: time,
    used: v.pipe(time, v.description('To the minute')),
    expires: v.pipe(time, v.description('When it ends at the latest')),
    agent: v.pipe(text, v.description('The browser, in its own words')),
  }),
)
export const EXAMPLE_SESSION: SessionView = {
  session: '2f6a1b7e-5d3c-4e90-9b1a-6f4b6a1d2c3e',
  person: EXAMPLE_PERSON.person,
  name: 'Pat',
  email: EXAMPLE_PERSON.email,
  roles: EXAMPLE_PERSON.roles,
  made: 1_795_349_712_000,
  used: 1_795_349_770_000,
  expires: 1_795_392_912_000,
  agent: 'Mozilla/5.0',
}

/** The caller: a person has all fields, a token or an API key has a name and roles. */
export interface Me {
  session?: string
  person?: string
  name: string
  email?: string
  roles: Grant[]
  expires?: number
}
export const MeSchema = component<Me>()(
  'Me',
  v.object({
    session: v.exactOptional(text),
    person: v.exactOptional(text),
    name: text,
    email: v.exactOptional(text),
    roles: v.array(GrantSchema),
    expires: v.exactOptional(time),
  }),
)
const { made: _, used: __, agent: ___, ...me } = EXAMPLE_SESSION
export const EXAMPLE_ME: Me = me

/** The fields of `Me` for a person. */
export const personOf = ({ person, name, email, roles }: StoredPerson) => ({ person, name, email, roles })
export const OneTimeLink = component<{ person: Person; link: string; expires: number }>()(
  'OneTimeLink',
  v.object({
    person: PersonSchema,
    link: v.pipe(text, v.description('Shown once; opening it allows setting the password')),
    expires: time,
  }),
)
export const EXAMPLE_LINK = {
  person: { ...EXAMPLE_PERSON, password: false },
  link: 'https://roar.example/studio/welcome#token=5Zb0Jt0r7v2Vq5nJ3kq2F1o9xw8yT4uC6eD7bA1gH0M',
  expires: 1_795_436_112_000,
}
