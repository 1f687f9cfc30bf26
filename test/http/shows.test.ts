import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { startRoar } from '../embedded.ts'
import { until } from '../until.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50', '--auth-secret', SECRET)
})
afterAll(() => roar.stop())

const signed = (claims: Record<string, unknown>) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('pat')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))

interface Asked {
  body?: unknown
  token?: string
  headers?: Record<string, string>
}
async function ask(method: string, path: string, { body, token, headers }: Asked = {}) {
  const authorization = `Bearer ${token ?? (await signed({ role: 'producer' }))}`
  const response = await fetch(roar.url + path, {
    method,
    headers: { authorization, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: (await response.json()) as never,
  }
}
const studio = (method: string, path: string, asked?: Asked) => ask(method, `/v1/studio${path}`, asked)
const trailOf = async (show: string) =>
  ((await studio('GET', `/shows/${show}/audit`)).body as { action: string }[])
    .map(({ action }) => action)
    .reverse()
const tap = (show: string, stickers: Record<string, number>) =>
  fetch(`${roar.url}/v1/shows/${show}/reactions`, { method: 'POST', body: JSON.stringify({ stickers }) })
const total = async (show: string) =>
  ((await (await fetch(`${roar.url}/v1/shows/${show}/mood`)).json()) as { total: number }).total

test('a change that says what holds by default makes no version and no entry in the trail', async () => {
  const before = await studio('GET', '/shows/final')
  for (const [path, body] of [
    ['/switches', { posts: 'on', stickers: { heart: 'on' } }],
    ['', { rules: { guests: true, posts: true, approvals: 1 } }],
    ['', {}],
  ] as const)
    expect(await studio('PATCH', `/shows/final${path}`, { body })).toEqual(before)
  expect(await trailOf('final')).toEqual([])
})

test('a producer makes a show, runs it and puts it away, and the trail has every step', async () => {
  const created = await studio('POST', '/shows', { body: { show: 'semi', title: 'The semi-final' } })
  expect(created).toMatchObject({
    status: 201,
    etag: '"1"',
    body: { state: 'scheduled', packs: ['classic'] },
  })
  // A request with a lost answer is repeated.
  const again = await studio('POST', '/shows', { body: { show: 'semi', title: 'The semi-final' } })
  expect(again).toEqual(created)
  const other = await studio('POST', '/shows', { body: { show: 'semi', title: 'Another one' } })
  expect(other).toMatchObject({ status: 409, body: { code: 'already_exists' } })

  const segments = [{ segment: 'home', title: 'Home' }]
  const changed = await studio('PATCH', '/shows/semi', { body: { segments, language: 'de' } })
  expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { language: 'de', segments } })
  expect(await studio('PATCH', '/shows/semi', { body: { language: 'de' } })).toMatchObject({ etag: '"2"' })

  expect(await studio('POST', '/shows/semi/start')).toMatchObject({ status: 200, body: { state: 'live' } })
  expect(await studio('POST', '/shows/semi/start')).toMatchObject({ status: 200, etag: '"3"' })
  const seen = (await (await fetch(`${roar.url}/v1/shows/semi`)).json()) as Record<string, unknown>
  expect(seen).toMatchObject({ state: 'live', language: 'de', sides: ['home'], rules: { guests: true } })
  expect((seen.bar as string[]).length).toBe(8)
  expect(seen).not.toHaveProperty('started')
  expect((await tap('semi', { heart: 3 })).status).toBe(202)
  await until(
    () => total('semi').catch(() => 0),
    (total) => total >= 3,
  )

  expect(await studio('POST', '/shows/semi/archive')).toMatchObject({
    status: 409,
    body: { code: 'wrong_state' },
  })
  expect(await studio('POST', '/shows/semi/end')).toMatchObject({ status: 200, body: { state: 'ended' } })
  const late = await tap('semi', { heart: 1 })
  expect([late.status, await late.json()]).toMatchObject([409, { code: 'show_ended' }])
  expect(await studio('POST', '/shows/semi/start')).toMatchObject({ status: 409 })
  expect(await studio('POST', '/shows/semi/archive')).toMatchObject({ status: 200 })
  expect(await total('semi')).toBe(3)
  expect(await trailOf('semi')).toEqual([
    'create-show',
    'change-show',
    'start-show',
    'end-show',
    'archive-show',
  ])
})

test('of two producers the second is told, with the newer document', async () => {
  await studio('POST', '/shows', { body: { show: 'duel', title: 'Duel' } })
  const headers = { 'if-match': '"1"' }
  expect(await studio('PATCH', '/shows/duel', { body: { title: 'First' }, headers })).toMatchObject({
    status: 200,
  })
  expect(await studio('PATCH', '/shows/duel', { body: { title: 'Second' }, headers })).toMatchObject({
    status: 412,
    body: { code: 'stale', current: { title: 'First', version: 2 } },
  })
  const [one, two] = await Promise.all(
    ['One', 'Two'].map((title) =>
      studio('PATCH', '/shows/duel', { body: { title }, headers: { 'if-match': '"2"' } }),
    ),
  )
  expect([one!.status, two!.status].toSorted()).toEqual([200, 412])
  expect(await studio('GET', '/shows/duel')).toMatchObject({ status: 200, etag: '"3"' })
})

test('shows are listed by id, in pages, by state, the archived ones apart', async () => {
  for (const n of [1, 2, 3, 4]) await studio('POST', '/shows', { body: { show: `list-${n}`, title: 'List' } })
  await studio('POST', '/shows/list-2/end')
  await studio('POST', '/shows/list-2/archive')
  const ids = async (query: string) =>
    ((await studio('GET', `/shows${query}`)).body as { show: string }[]).map(({ show }) => show)
  expect(await ids('?after=list-0&limit=2')).toEqual(['list-1', 'list-3'])
  expect(await ids('?after=list-3&limit=1')).toEqual(['list-4'])
  expect(await ids('?state=archived&after=list-0')).toContain('list-2')
  expect(await ids('?state=live')).toContain('final')
  expect(await ids('?state=scheduled')).not.toContain('final')
  expect(await studio('GET', '/shows?state=dead')).toMatchObject({ status: 400 })
  expect(await studio('GET', '/shows?limit=0')).toMatchObject({ status: 400 })
})

describe('switches hold at once', () => {
  test('posts off and on, a sticker off refuses nothing else, reactions sampled say so', async () => {
    await studio('POST', '/shows', { body: { show: 'switched', title: 'Switched' } })
    const guest = (await (await fetch(`${roar.url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
    const post = () =>
      ask('POST', '/v1/shows/switched/posts', { body: { sticker: 'six' }, token: guest.token })
    const flip = (body: unknown) => studio('PATCH', '/shows/switched/switches', { body })
    expect(await post()).toMatchObject({ status: 202 })
    await flip({ posts: 'off', stickers: { fire: 'off' }, reactions: 'sampled' })
    expect(await post()).toMatchObject({ status: 409, body: { code: 'posts_off' } })
    const burst = await tap('switched', { fire: 5, heart: 2 })
    expect([burst.status, await burst.json()]).toMatchObject([202, { sample: 1 / 8 }])
    await until(
      () => total('switched').catch(() => 0),
      (total) => total >= 2,
    )
    const seen = (await (await fetch(`${roar.url}/v1/shows/switched`)).json()) as {
      stickers: { sticker: string }[]
    }
    expect(seen.stickers.map(({ sticker }) => sticker)).not.toContain('fire')
    await flip({ posts: 'on', feed: 'slow', reactions: 'on' })
    expect(await post()).toMatchObject({ status: 202 })
    expect(await post()).toMatchObject({ status: 429 })
    await studio('PATCH', '/shows/switched', { body: { rules: { guests: false } } })
    expect(await post()).toMatchObject({ status: 403, body: { code: 'guests_not_allowed' } })
    expect(await total('switched')).toBe(2)
  })

  test('no sticker is off because every object has something of its name', async () => {
    await studio('POST', '/packs', { body: { pack: 'named', title: 'Named' } })
    await studio('PUT', '/packs/named/stickers/constructor', { body: { title: 'Builder', emoji: '👷' } })
    await studio('POST', '/shows', { body: { show: 'named', title: 'Named', packs: ['named'] } })
    const seen = (await (await fetch(`${roar.url}/v1/shows/named`)).json()) as {
      bar: string[]
      stickers: { sticker: string }[]
    }
    expect(seen.stickers.map(({ sticker }) => sticker)).toEqual(['constructor'])
    expect(seen.bar).toEqual(['constructor'])
  })

  test('what is no switch is refused', async () => {
    for (const body of [
      { posts: 'maybe' },
      { feed: true },
      { stickers: { nowhere: 'off' } },
      { lights: 'off' },
      [],
    ])
      expect((await studio('PATCH', '/shows/final/switches', { body })).status).toBe(400)
  })
})

test('a sticker that is put into a pack is in every show of it, and one that is taken out refuses nobody', async () => {
  expect(await studio('POST', '/packs', { body: { pack: 'season', title: 'Season' } })).toMatchObject({
    status: 201,
  })
  await studio('POST', '/shows', { body: { show: 'packed', title: 'Packed', packs: ['season', 'classic'] } })
  const put = (body: unknown) => studio('PUT', '/packs/season/stickers/goal', { body })
  expect(await put({ title: 'Goal', keywords: ['score'], emoji: '⚽' })).toMatchObject({ status: 200 })
  expect((await tap('packed', { goal: 2 })).status).toBe(202)
  for (const body of [
    { title: 'Two', emoji: '⚽⚽' },
    { title: 'Word', emoji: 'goal' },
    { title: '', emoji: '⚽' },
    {},
  ])
    expect((await put(body)).status).toBe(400)
  expect(await studio('DELETE', '/packs/season/stickers/goal')).toMatchObject({
    status: 200,
    body: { stickers: [] },
  })
  expect((await tap('packed', { goal: 2, heart: 1 })).status).toBe(202)
  await until(
    () => total('packed').catch(() => 0),
    (total) => total >= 3,
  )
  expect(
    await studio('PUT', '/packs/nowhere/stickers/goal', { body: { title: 'Goal', emoji: '⚽' } }),
  ).toMatchObject({
    status: 404,
    body: { code: 'unknown_pack' },
  })
})

describe('what cannot be a show is refused, and nothing is written', () => {
  const bad: [string, unknown][] = [
    ['no id', { title: 'Title' }],
    ['an id that is none', { show: 'Semi Final', title: 'Title' }],
    ['no title', { show: 'bad' }],
    ['an empty title', { show: 'bad', title: '   ' }],
    ['a title with a line end', { show: 'bad', title: 'a\nb' }],
    ['half a character', { show: 'bad', title: '\ud800' }],
    ['a language that is none', { show: 'bad', title: 'Title', language: 'english please' }],
    ['a colour that is none', { show: 'bad', title: 'Title', accent: 'red' }],
    ['a video without TLS', { show: 'bad', title: 'Title', video: { url: 'http://video.example/a.m3u8' } }],
    [
      'a script in the place of a video',
      { show: 'bad', title: 'Title', video: { url: 'javascript:alert(1)' } },
    ],
    [
      'another host in the place of a path',
      { show: 'bad', title: 'Title', video: { url: '//evil.example/a' } },
    ],
    ['ends before it starts', { show: 'bad', title: 'Title', starts: 2e12, ends: 1e12 }],
    ['a pack that is not there', { show: 'bad', title: 'Title', packs: ['nowhere'] }],
    ['a bar of thirteen', { show: 'bad', title: 'Title', bar: Array(13).fill('heart') }],
    ['a setting that is none', { show: 'bad', title: 'Title', colour: 'red' }],
    ['an array', []],
  ]
  test.each(bad)('%s', async (_, body) => {
    expect(await studio('POST', '/shows', { body })).toMatchObject({
      status: 400,
      body: { code: 'bad_request' },
    })
    expect((await studio('GET', '/shows/bad')).status).toBe(404)
  })
})

test('a viewer changes nothing, and a producer of one show no other', async () => {
  const [viewer, own] = await Promise.all([signed({}), signed({ role: 'producer', show: 'final' })])
  const body = { show: 'mine', title: 'Mine' }
  for (const [method, path, token] of [
    ['POST', '/shows', viewer],
    ['GET', '/shows', viewer],
    ['PATCH', '/shows/final/switches', viewer],
    ['POST', '/shows', own],
    ['PATCH', '/shows/packed', own],
  ] as const)
    expect((await studio(method, path, { token, ...(method === 'GET' ? {} : { body }) })).status).toBe(403)
  expect((await studio('GET', '/shows/final', { token: own })).status).toBe(200)
})

test('who comes now sees the newest posts of the feed', async () => {
  const guest = (await (await fetch(`${roar.url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
  await studio('POST', '/shows', { body: { show: 'talked', title: 'Talked' } })
  const posted = await ask('POST', '/v1/shows/talked/posts', { body: { sticker: 'six' }, token: guest.token })
  const { post } = posted.body as { post: { id: string; at: number; viewer: string } }
  const feed = async () => {
    const response = await fetch(`${roar.url}/v1/shows/talked/feed`)
    return ((await response.json()) as { posts: { id: string }[] }).posts
  }
  await until(feed, ({ length }) => length > 0)
  expect(await feed()).toMatchObject([{ ...post, sticker: 'six', name: guest.name }])
  expect((await fetch(`${roar.url}/v1/shows/nowhere/feed`)).status).toBe(404)
})
