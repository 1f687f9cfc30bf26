import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar, type TestRoar } from '../embedded.ts'
import { type Accounts, browser, startProvider } from './provider.ts'
import { ownerOf } from './studio-client.ts'

const ACCOUNTS: Accounts = {
  pia: { email: 'pia@stadium.example', email_verified: true, name: 'Pia', groups: ['desk'] },
  sam: { email: 'sam@stadium.example', email_verified: true, name: 'Sam', groups: ['desk', 'guests'] },
  tom: { email: 'tom@stadium.example', email_verified: true, name: 'Tom', groups: ['guests'] },
}
let provider: Awaited<ReturnType<typeof startProvider>>
let roar: TestRoar
beforeAll(async () => {
  provider = await startProvider(ACCOUNTS)
  roar = await startRoar(
    ...['--oidc-issuer', provider.issuer, '--oidc-client', 'roar', '--oidc-secret', provider.secret],
    ...['--oidc-roles', 'groups=desk producer@final,groups=bosses owner'],
  )
  provider.open(`${roar.url}/v1/studio/openid/back`)
})
afterAll(async () => {
  await roar.stop()
  provider.close()
})

const begin = () => `${roar.url}/v1/studio/openid`
const isBack = (address: string) => address.startsWith(`${roar.url}/v1/studio/openid/back`)
const isStudio = (address: string) => address.startsWith(`${roar.url}/studio/`)
const me = async ({ send }: ReturnType<typeof browser>) =>
  (await (await send(`${roar.url}/v1/studio/sessions/current`)).json()) as Record<string, unknown>

test('whom the provider signs in is in the studio, with the roles that its claims give', async () => {
  const ways = await fetch(`${roar.url}/v1/studio/sign-in`)
  expect(await ways.json()).toEqual({ openid: provider.issuer })
  const pia = browser('pia')
  expect(await pia.go(begin(), isStudio)).toBe(`${roar.url}/studio/`)
  expect(await me(pia)).toMatchObject({
    name: 'Pia',
    email: 'pia@stadium.example',
    roles: [{ role: 'producer', show: 'final' }],
  })
  const owner = await ownerOf(roar)
  const { body } = await owner.send('GET', '/audit')
  expect(body.map(({ action, who }: { action: string; who: string }) => [action, who])).toContainEqual([
    'add-person',
    provider.issuer,
  ])
})

test('roles are taken anew at each sign-in, and without one nobody gets in', async () => {
  const sam = browser('sam')
  await sam.go(begin(), isStudio)
  const { person } = await me(sam)
  ACCOUNTS.sam!.groups = ['bosses']
  await sam.go(begin(), isStudio)
  expect(await me(sam)).toMatchObject({ person, roles: [{ role: 'owner' }] })
  expect(await browser('tom').go(begin(), isStudio)).toBe(`${roar.url}/studio/?problem=forbidden`)
})

test('a way back that this browser did not begin, or that was gone already, signs nobody in', async () => {
  const pia = browser('pia')
  const back = await pia.go(begin(), isBack)
  const victim = browser('sam')
  const refused = `${roar.url}/studio/?problem=wrong_sign_in`
  expect(await victim.go(back, isStudio)).toBe(refused)
  await victim.go(begin(), isBack)
  expect(await victim.go(back, isStudio)).toBe(refused)
  expect(await pia.go(back, isStudio)).toBe(`${roar.url}/studio/`)
  expect(await pia.go(back, isStudio)).toBe(refused)
  expect(await pia.go(`${roar.url}/v1/studio/openid/back`, isStudio)).toBe(refused)
})

test('a provider that refuses leads back to the studio with a word of it', async () => {
  const pia = browser('pia')
  await pia.send(begin())
  const denied = `${roar.url}/v1/studio/openid/back?error=access_denied&state=x`
  expect(await pia.go(denied, isStudio)).toBe(`${roar.url}/studio/?problem=wrong_sign_in`)
})

test('a provider that is away is said to be, and sign-in by password goes on', async () => {
  const away = await startRoar('--oidc-issuer', 'http://127.0.0.1:1', '--oidc-client', 'roar')
  const response = await fetch(`${away.url}/v1/studio/openid`, { redirect: 'manual' })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    503,
    'sign_in_unavailable',
  ])
  const owner = await ownerOf(away)
  expect((await owner.send('GET', '/people')).status).toBe(200)
  await away.stop()
})

test('where no provider is set nobody is sent to one', async () => {
  const alone = await startRoar()
  expect((await fetch(`${alone.url}/v1/studio/openid`)).status).toBe(404)
  expect(await (await fetch(`${alone.url}/v1/studio/sign-in`)).json()).toEqual({})
  await alone.stop()
})
