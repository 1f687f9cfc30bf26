import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar, type TestRoar } from '../embedded.ts'
import { bytesOf, codeOf } from './authenticator.ts'
import { invited, ownerOf, PASSWORD, type StudioClient, studioClient } from './studio-client.ts'

let roar: TestRoar
let owner: StudioClient
beforeAll(async () => {
  roar = await startRoar()
  owner = await ownerOf(roar)
})
afterAll(() => roar.stop())

/** Somebody whose second factor is set by the code of now. */
async function withTotp(email: string) {
  const client = await invited(owner, roar.url, { email, roles: [{ role: 'analyst' }] })
  const totp = `/people/${client.person}/totp`
  const { body } = await client.send('POST', totp)
  const secret = body.secret as string
  const confirmed = await client.send('POST', totp, { code: codeOf(secret, 0) })
  return { client, totp, secret, recovery: confirmed.body.recovery as string[] }
}

test('a code is asked for once one has confirmed the secret, and no code is taken twice', async () => {
  const email = 'ann@stadium.example'
  const ann = await invited(owner, roar.url, { email, roles: [{ role: 'analyst' }] })
  const totp = `/people/${ann.person}/totp`
  const { status, body } = await ann.send('POST', totp)
  expect(status).toBe(201)
  expect(body.uri).toStartWith(`otpauth://totp/Roar%3Aann%40stadium.example?secret=${body.secret}&`)
  expect((await ann.signIn(email)).status).toBe(201)
  expect((await ann.send('POST', totp, { code: '000000x' })).body).toMatchObject({ code: 'code_required' })
  const first = codeOf(body.secret, 0)
  expect((await ann.send('POST', totp, { code: first })).body.recovery).toHaveLength(10)
  expect((await ann.send('POST', totp)).body).toMatchObject({ code: 'wrong_state' })
  const client = studioClient(roar.url)
  expect((await client.signIn(email)).body).toMatchObject({ status: 401, code: 'code_required' })
  expect((await client.signIn(email, PASSWORD, first)).body).toMatchObject({ code: 'code_required' })
  expect((await client.signIn(email, 'a wrong password of hers', codeOf(body.secret, 1))).body).toMatchObject(
    {
      code: 'wrong_sign_in',
    },
  )
  const next = codeOf(body.secret, 1)
  expect((await client.signIn(email, PASSWORD, next)).status).toBe(201)
  expect((await client.signIn(email, PASSWORD, next)).status).toBe(401)
})

test('of two who say one code at the same moment one gets in', async () => {
  const { secret } = await withTotp('ben@stadium.example')
  const next = codeOf(secret, 1)
  const both = await Promise.all(
    [1, 2].map(() => studioClient(roar.url).signIn('ben@stadium.example', PASSWORD, next)),
  )
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 401])
})

test('a recovery code is good once, however it is typed', async () => {
  const { recovery } = await withTotp('cem@stadium.example')
  const [first = '', second = ''] = recovery
  const signIn = async (code: string) =>
    (await studioClient(roar.url).signIn('cem@stadium.example', PASSWORD, code)).status
  expect(await signIn(first)).toBe(201)
  expect(await signIn(first)).toBe(401)
  expect(await signIn(second.toLowerCase().replaceAll('-', ' '))).toBe(201)
})

test('an owner takes away the factor of who has lost it, and sets nobody’s', async () => {
  const email = 'dan@stadium.example'
  const { totp } = await withTotp(email)
  expect((await owner.send('POST', totp)).status).toBe(403)
  const eve = await invited(owner, roar.url, { email: 'eve@stadium.example', roles: [{ role: 'producer' }] })
  expect((await eve.send('DELETE', totp)).status).toBe(403)
  expect((await owner.send('DELETE', totp)).body).toMatchObject({ totp: false })
  expect((await studioClient(roar.url).signIn(email)).status).toBe(201)
})

test('whoever finds a browser signed in does not turn the factor off: that takes a code of it', async () => {
  const gus = await withTotp('gus@stadium.example')
  const off = (code?: string) =>
    gus.client.send('DELETE', gus.totp, code === undefined ? undefined : { code })
  for (const code of [undefined, '000000x', codeOf(gus.secret, -9)])
    expect((await off(code)).body).toMatchObject({ status: 401, code: 'code_required' })
  expect((await off(codeOf(gus.secret, 1))).body).toMatchObject({ totp: false })
  expect((await off()).body).toMatchObject({ totp: false })
  const ida = await withTotp('ida@stadium.example')
  const { body } = await ida.client.send('DELETE', ida.totp, { code: ida.recovery[3] })
  expect(body).toMatchObject({ totp: false })
})

test('what waits for its first code is taken back without one', async () => {
  const ivo = await invited(owner, roar.url, { email: 'ivo@stadium.example', roles: [{ role: 'analyst' }] })
  const totp = `/people/${ivo.person}/totp`
  await ivo.send('POST', totp)
  expect((await ivo.send('DELETE', totp)).status).toBe(200)
})

test('the secret and the recovery codes are in no answer after they were made, and not in the trail', async () => {
  const { client, secret, recovery } = await withTotp('fay@stadium.example')
  const said = JSON.stringify([
    (await owner.send('GET', '/people')).body,
    (await client.send('GET', `/people/${client.person}`)).body,
    (await owner.send('GET', '/audit')).body,
  ])
  for (const each of [secret, Buffer.from(bytesOf(secret)).toString('base64'), ...recovery])
    expect(said).not.toContain(each)
})
