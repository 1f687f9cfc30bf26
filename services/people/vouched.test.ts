import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { StoredPerson } from '../../adapters/store/people.ts'
import { createPeople } from './people.ts'
import { grantsIn, parseRoleRule } from './role-rule.ts'
import { findVouched } from './vouched.ts'

const NOW = 1_795_349_712_000
const ISSUER = 'https://login.example'
const ann = (given: Partial<StoredPerson> = {}): StoredPerson => ({
  ...{ person: 'ann', email: 'ann@a.example', name: 'Ann', made: NOW, version: 1 },
  roles: [{ role: 'moderator' }],
  ...given,
})

async function studio({ roles = [] as string[], person = ann() } = {}) {
  const clock = new ManualClock(NOW)
  const { people: store } = new MemoryStore()
  await store.write({ person }, NOW)
  const people = createPeople({ store, passwords: {} as never, clock })
  const find = findVouched({ store, people, clock, roles: roles.map((rule) => parseRoleRule(rule)!) })
  return {
    store,
    ask: (claims: Record<string, unknown>, sub = 'sub-1', issuer = ISSUER) =>
      find({ issuer, sub, claims }).then(
        ({ person, roles }) => ({ person, roles }),
        ({ code }) => code as string,
      ),
  }
}
const verified = (email: string, more: object = {}) => ({ email, email_verified: true, ...more })

test('whoever was invited under a verified e-mail gets in with the studio’s roles, and from then on by their sub', async () => {
  const { ask } = await studio()
  const self = { person: 'ann', roles: [{ role: 'moderator' }] }
  expect(await ask({ email: 'ann@a.example' })).toBe('forbidden')
  expect(await ask({ email: 'ann@a.example', email_verified: false })).toBe('forbidden')
  expect(await ask(verified('ANN@a.example'))).toEqual(self as never)
  expect(await ask({ email: 'other@a.example' })).toEqual(self as never)
})

test('somebody else of the provider, or of another one, does not become who has that e-mail', async () => {
  const { ask } = await studio()
  await ask(verified('ann@a.example'))
  expect(await ask(verified('ann@a.example'), 'sub-2')).toBe('forbidden')
  expect(await ask(verified('ann@a.example'), 'sub-1', 'https://other.example')).toBe('forbidden')
  expect(await ask(verified('ann@a.example'))).toMatchObject({ person: 'ann' })
})

test('a stranger is nobody where roles are the studio’s, and somebody new where a claim gives one', async () => {
  expect(await (await studio()).ask(verified('new@a.example'))).toBe('forbidden')
  const mapped = await studio({ roles: ['groups=desk producer@final'] })
  expect(await mapped.ask(verified('new@a.example', { groups: ['desk'] }))).toMatchObject({
    roles: [{ role: 'producer', show: 'final' }],
  })
  expect(await mapped.ask(verified('more@a.example', { groups: [] }), 'sub-2')).toBe('forbidden')
  expect(await mapped.ask({ groups: ['desk'] }, 'sub-3')).toBe('forbidden')
})

test('the provider does not lower the last owner', async () => {
  const { ask, store } = await studio({
    roles: ['groups=desk analyst'],
    person: ann({ roles: [{ role: 'owner' }] }),
  })
  expect(await ask(verified('ann@a.example', { groups: ['desk'] }))).toBe('last_owner')
  expect((await store.person('ann'))!.roles).toEqual([{ role: 'owner' }])
})

test('a rule is a claim and a role, in one show or in all', () => {
  const rules = ['groups=a b owner', 'realm.roles=mods moderator@final', 'groups=x moderator@final'].map(
    (text) => parseRoleRule(text)!,
  )
  expect(rules.map(({ grant }) => grant)).toEqual([
    { role: 'owner' },
    { role: 'moderator', show: 'final' },
    { role: 'moderator', show: 'final' },
  ])
  const claims = { groups: ['a b', 'x'], realm: { roles: ['mods'] } }
  expect(grantsIn(rules, claims as never)).toEqual([{ role: 'owner' }, { role: 'moderator', show: 'final' }])
  for (const none of ['groups=a', 'owner', 'groups=a boss', 'groups=a producer@No Show', 'x y=a owner'])
    expect([none, parseRoleRule(none)]).toEqual([none, undefined])
})
