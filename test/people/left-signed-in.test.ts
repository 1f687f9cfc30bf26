import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar, type TestRoar } from '../embedded.ts'
import { codeOf } from './authenticator.ts'
import { leftSession } from './left-session.ts'
import { ownerOf, type StudioClient } from './studio-client.ts'

const EMAIL = 'olga@stadium.example'
let roar: TestRoar
let owner: StudioClient
let person: string
beforeAll(async () => {
  roar = await startRoar()
  owner = await ownerOf(roar, EMAIL)
  person = (await owner.send('GET', '/sessions/current')).body.person
})
afterAll(() => roar.stop())

const leftSignedIn = async (agoMs: number): Promise<Record<string, string>> => ({
  cookie: `roar-session=${await leftSession(roar, person, agoMs)}`,
})

const LASTING: [string, string, () => [method: string, path: string, body?: object]][] = [
  ['a second factor of its own', '201', () => ['POST', `/people/${person}/totp`]],
  ['a link that sets the password', '201', () => ['POST', `/people/${person}/link`]],
  ['an address that links go to', '200', () => ['PATCH', `/people/${person}`, { email: EMAIL }]],
  ['a role', '200', () => ['PATCH', `/people/${person}`, { roles: [{ role: 'owner' }] }]],
  [
    'a friend',
    '201',
    () => ['POST', '/people', { email: 'm@a.example', name: 'M', roles: [{ role: 'owner' }] }],
  ],
  ['a key', '201', () => ['POST', '/api-keys', { name: 'mine', scopes: ['producer'] }]],
]

test.each(LASTING)(
  'a browser that was left signed in gives a stranger no way in that lasts: %s',
  async (_, status, asked) => {
    const [method, path, body] = asked()
    const stranger = await owner.send(method, path, body, await leftSignedIn(15 * 60_000))
    expect(stranger.body).toMatchObject({ status: 403, code: 'sign_in_again' })
    expect(`${(await owner.send(method, path, body, await leftSignedIn(14 * 60_000))).status}`).toBe(status)
  },
)

test('it takes away nobody’s second factor either, and shows run on', async () => {
  await owner.send('POST', `/people/${person}/totp`)
  const { secret } = (await owner.send('POST', `/people/${person}/totp`)).body
  expect((await owner.send('POST', `/people/${person}/totp`, { code: codeOf(secret, 0) })).status).toBe(200)
  const other = await ownerOf(roar, 'otto@stadium.example')
  const otto = (await other.send('GET', '/sessions/current')).body.person
  const left = await leftSignedIn(3_600_000)
  expect((await owner.send('DELETE', `/people/${otto}/totp`, {}, left)).body).toMatchObject({
    code: 'sign_in_again',
  })
  expect((await owner.send('PATCH', `/people/${person}`, { name: 'Olga' }, left)).status).toBe(200)
  expect((await owner.send('POST', '/shows', { show: 'on', title: 'On' }, left)).status).toBe(201)
})
