import { afterAll, beforeAll, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import type { GuestAnswer, MoodPacket } from '../../protocol/packets.ts'
import { startRoar } from '../embedded.ts'
import { until } from '../until.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50', '--auth-secret', SECRET)
})
afterAll(() => roar.stop())

const producer = () =>
  new SignJWT({ role: 'producer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('pat')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
const timeline = async (query: string, token?: string) =>
  fetch(`${roar.url}/v1/studio/shows/final/mood${query}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

test('the mood timeline holds every reaction, by step and by segment', async () => {
  const from = Date.now() - 1000
  for (const body of ['{"stickers":{"heart":3},"segment":"home"}', '{"stickers":{"heart":1,"six":2}}']) {
    await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body })
  }
  await until(
    async () => (await (await fetch(`${roar.url}/v1/shows/final/mood`)).json()) as MoodPacket,
    ({ total }) => total >= 6,
  )
  const read = async (segment: string) => {
    const response = await timeline(
      `?from=${from}&to=${from + 60_000}&stepMs=10000${segment}`,
      await producer(),
    )
    const { steps } = (await response.json()) as { steps: { at: number; counts: Record<string, number> }[] }
    const sum: Record<string, number> = {}
    for (const { at, counts } of steps) {
      expect(at % 10_000).toBe(0)
      for (const [sticker, count] of Object.entries(counts)) sum[sticker] = (sum[sticker] ?? 0) + count
    }
    return sum
  }
  expect(await read('')).toEqual({ heart: 4, six: 2 })
  expect(await read('&segment=home')).toEqual({ heart: 3 })
  expect(await read('&segment=away')).toEqual({})
})

test('the timeline is for producers, and says what is wrong with a question', async () => {
  const guest = (await (await fetch(`${roar.url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
  expect((await timeline('')).status).toBe(401)
  expect((await timeline('', guest.token)).status).toBe(403)
  const token = await producer()
  for (const [query, status, code] of [
    ['?stepMs=1500', 400, 'bad_request'],
    ['?stepMs=0', 400, 'bad_request'],
    ['?from=later', 400, 'bad_request'],
    ['?from=2000&to=1000', 400, 'bad_request'],
    ['?from=0', 400, 'bad_request'],
    ['?segment=moon', 400, 'unknown_segment'],
  ] as const) {
    const response = await timeline(query, token)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
  }
})
