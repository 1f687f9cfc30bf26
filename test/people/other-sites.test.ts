import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar, type TestRoar } from '../embedded.ts'
import { ownerOf, type StudioClient } from './studio-client.ts'

let roar: TestRoar
let owner: StudioClient
beforeAll(async () => {
  roar = await startRoar()
  owner = await ownerOf(roar)
})
afterAll(() => roar.stop())

/** Every call of the studio that changes something and needs a session or a token, from the OpenAPI document. */
async function changes(): Promise<{ method: string; path: string }[]> {
  const { paths } = (await (await fetch(`${roar.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security?: object[] }>>
  }
  const ids: Record<string, string> = { show: 'final', poll: 'mvp', person: crypto.randomUUID() }
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/studio/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'some'),
        isOpen: security === undefined || security.length === 0,
      })),
    )
    .filter(({ method, isOpen }) => method !== 'GET' && !isOpen)
}

test('no page of another site changes anything by the session of somebody here, by any call', async () => {
  const { body: before } = await owner.send('GET', '/audit')
  const all = await changes()
  expect(all.length).toBeGreaterThan(40)
  for (const site of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
    { 'sec-fetch-site': '', origin: 'null' },
    { 'sec-fetch-site': '' },
  ])
    for (const { method, path } of all) {
      const headers = Object.entries({ cookie: owner.cookie(), ...site }).filter(([, value]) => value !== '')
      const answer = await fetch(roar.url + path, { method, headers, body: '{}' })
      const { code } = (await answer.json()) as { code: string }
      expect([method, path, site, answer.status, code]).toEqual([method, path, site, 403, 'forbidden'])
    }
  expect((await owner.send('GET', '/audit')).body).toEqual(before)
})

test('a session that has ended changes nothing, by any call', async () => {
  const stale = await ownerOf(roar, 'stale@stadium.example')
  const cookie = stale.cookie()
  await stale.send('DELETE', '/sessions/current')
  for (const { method, path } of await changes()) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const answer = await fetch(roar.url + path, { method, headers, body: '{}' })
    expect([method, path, answer.status]).toEqual([method, path, 401])
  }
})
