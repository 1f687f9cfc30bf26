import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar, type TestRoar } from '../embedded.ts'
import { ownerOf, type StudioClient, studioClient } from './studio-client.ts'

let roar: TestRoar
let owner: StudioClient
beforeAll(async () => {
  roar = await startRoar()
  owner = await ownerOf(roar)
  await owner.send('POST', '/shows', { show: 'semi', title: 'The semi-final' })
})
afterAll(() => roar.stop())

const ask = (secret: string, method: string, path: string, body?: unknown) =>
  studioClient(roar.url, 'none').send(method, path, body, { authorization: `Bearer ${secret}` })

test('a key is good for its scopes in its shows, until it is ended', async () => {
  const { status, body } = await owner.send('POST', '/api-keys', {
    name: 'Scoreboard',
    scopes: ['analyst', 'moderator'],
    shows: ['final'],
  })
  expect(status).toBe(201)
  expect(body.secret).toMatch(/^roar_[\w-]{43}$/)
  for (const [method, path, status] of [
    ['GET', '/shows/final/export.json', 200],
    ['DELETE', '/shows/final/posts/none', 200],
    ['POST', '/shows/final/start', 403],
    ['GET', '/shows/semi', 403],
    ['GET', '/api-keys', 403],
    ['GET', '/people', 403],
  ] as const)
    expect([path, (await ask(body.secret, method, path)).status]).toEqual([path, status])
  expect((await ask(body.secret, 'GET', '/sessions/current')).body).toMatchObject({
    name: 'Scoreboard',
    expires: body.expires,
  })
  expect((await owner.send('DELETE', `/api-keys/${body.key}`)).status).toBe(200)
  expect((await ask(body.secret, 'GET', '/shows/final')).status).toBe(401)
  expect((await owner.send('DELETE', `/api-keys/${body.key}`)).status).toBe(200)
})

test('what a key did is in the trail under its name, and the key itself is nowhere', async () => {
  const { body } = await owner.send('POST', '/api-keys', { name: 'Robot', scopes: ['producer'] })
  expect((await ask(body.secret, 'PATCH', '/shows/semi', { title: 'Semi' })).status).toBe(200)
  const { body: trail } = await owner.send('GET', '/shows/semi/audit')
  expect(trail[0]).toMatchObject({
    action: 'change-show',
    who: `Robot, API key ${body.key} of the studio`,
  })
  const { body: keys } = await owner.send('GET', '/api-keys')
  const kept = await roar.things.store!.people.credentials('api-key')
  const said = JSON.stringify([trail, keys, kept, (await owner.send('GET', '/audit')).body])
  expect(said).not.toContain(body.secret)
  expect(said).not.toContain(body.secret.slice('roar_'.length))
})

test.each([
  ['an owner’s scope', { name: 'a', scopes: ['owner'] }],
  ['no scope', { name: 'a', scopes: [] }],
  ['no show', { name: 'a', scopes: ['analyst'], shows: [] }],
  ['an end that is over', { name: 'a', scopes: ['analyst'], expires: 1 }],
  ['a name that would be cut', { name: 'x'.repeat(33), scopes: ['analyst'] }],
  ['a name of more bytes than is shown', { name: '👩‍👩‍👧‍👦'.repeat(20), scopes: ['analyst'] }],
  ['no end', { name: 'a', scopes: ['analyst'], expires: 9e15 }],
])('no key is made with %s', async (_, body) => {
  expect((await owner.send('POST', '/api-keys', body)).status).toBe(400)
})

test('what looks like a key and is none, or is given to viewers’ calls, is refused', async () => {
  expect((await ask('roar_nonsense', 'GET', '/shows')).status).toBe(401)
  const { body } = await owner.send('POST', '/api-keys', { name: 'Late', scopes: ['producer'] })
  const response = await fetch(`${roar.url}/v1/shows/final/posts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${body.secret}` },
    body: '{"sticker":"six"}',
  })
  expect(response.status).toBe(401)
})
