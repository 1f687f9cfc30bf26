import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { GuestAnswer, Post } from '../../protocol/packets.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { until } from '../until.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
let guest: GuestAnswer
const producer = tokenOf('pat', { role: 'producer' })
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50', '--auth-secret', SECRET)
  guest = (await ask('POST', '/v1/viewers', { name: 'Ann' })).body as never
  // By default a show allows only stickers.
  await studio('PATCH', '', { rules: { text: true } })
})
afterAll(() => roar.stop())

async function ask(method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(roar.url + path, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const post = (body: unknown, token = guest.token) => ask('POST', '/v1/shows/final/posts', body, token)
const studio = (method: string, path: string, body?: unknown) =>
  ask(method, `/v1/studio/shows/final${path}`, body, producer)
const feed = async () => (await ask('GET', '/v1/shows/final/feed')).body.posts as Post[]
/** The newest posts of the feed, once they match. */
const feedWhere = (fits: (posts: Post[]) => boolean) => until(feed, fits)
const idOf = ({ body }: { body: Record<string, unknown> }) => (body.post as { id: string }).id

test('a text, cleaned, is in the feed, with a sticker or without', async () => {
  const id = idOf(await post({ text: ' what \u202e a\u0000shot \ud83d ' }))
  const both = idOf(await post({ sticker: 'six', text: 'علی\u200cرضا!' }))
  const posts = await feedWhere((posts) => [id, both].every((each) => posts.some((one) => one.id === each)))
  expect(posts.find((one) => one.id === id)).toMatchObject({ name: 'Ann', text: 'what a shot' })
  expect(posts.find((one) => one.id === id)).not.toHaveProperty('sticker')
  expect(posts.find((one) => one.id === both)).toMatchObject({ sticker: 'six', text: 'علی\u200cرضا!' })
})

test('a text is counted as people count, and what is no post is refused with its code', async () => {
  expect(await post({ text: '👩\u200d👩\u200d👧'.repeat(140) })).toMatchObject({ status: 202 })
  for (const body of [
    { text: 'n'.repeat(141) },
    {},
    { text: '\u3164' },
    { text: 7 },
    { sticker: null, text: 'a' },
  ])
    expect([body, await post(body)]).toMatchObject([body, { status: 400, body: { code: 'bad_request' } }])
  expect(await post({ sticker: 'nope', text: 'a' })).toMatchObject({ body: { code: 'unknown_sticker' } })
})

test('what is no id of a post is refused with its code, and nothing is posted', async () => {
  const marker = `only ${crypto.randomUUID()}`
  const hostile = [
    '',
    ' ',
    'a b',
    'a/b',
    '../x',
    'x'.repeat(65),
    'é',
    'a\n',
    '\u0000',
    7,
    true,
    null,
    [],
    {},
    ['a'],
  ]
  for (const replyTo of hostile)
    expect([replyTo, await post({ text: marker, replyTo })]).toMatchObject([
      replyTo,
      { status: 400, body: { code: 'bad_request' } },
    ])
  // A reply is a post, so it needs content.
  expect(await post({ replyTo: crypto.randomUUID() })).toMatchObject({ body: { code: 'bad_request' } })
  const id = idOf(await post({ text: 'after', replyTo: 'x'.repeat(64) }))
  const posts = await feedWhere((posts) => posts.some((one) => one.id === id))
  expect(posts.filter(({ text }) => text === marker)).toEqual([])
})

test('texts are off by a switch or by the rules, and stickers go on', async () => {
  for (const [path, off, on] of [
    ['/switches', { text: 'off' }, { text: 'on' }],
    ['', { rules: { text: false } }, { rules: { text: true } }],
  ] as const) {
    expect(await studio('PATCH', path, off)).toMatchObject({ status: 200 })
    expect(await post({ sticker: 'six', text: 'a' })).toMatchObject({
      status: 409,
      body: { code: 'text_off' },
    })
    expect(await post({ sticker: 'six' })).toMatchObject({ status: 202 })
    expect(await studio('PATCH', path, on)).toMatchObject({ status: 200 })
  }
})

test('a removed post leaves the feed, and removed again it leaves one entry in the trail', async () => {
  const id = idOf(await post({ text: 'rude' }))
  await feedWhere((posts) => posts.some((one) => one.id === id))
  for (let i = 0; i < 2; i++)
    expect(await studio('DELETE', `/posts/${id}`)).toEqual({ status: 200, body: { post: id } })
  await feedWhere((posts) => !posts.some((one) => one.id === id))
  const trail = (await studio('GET', '/audit')).body as unknown as { action: string; detail: unknown }[]
  expect(trail.filter(({ action }) => action === 'remove-post')).toMatchObject([{ detail: id }])
  expect(await ask('DELETE', `/v1/studio/shows/final/posts/${id}`, undefined, guest.token)).toMatchObject({
    body: { code: 'forbidden' },
  })
})

test('a post answers another by its id: the feed says whose, and what a client says of that is not taken', async () => {
  const ben = (await ask('POST', '/v1/viewers', { name: 'Ben' })).body as unknown as GuestAnswer
  const asked = idOf(await post({ sticker: 'six' }))
  await feedWhere((posts) => posts.some(({ id }) => id === asked))
  const forged = { sticker: 'heart', replyName: 'Pat', name: 'Pat', viewer: 'pat' }
  const answered = idOf(await post({ ...forged, replyTo: asked }, ben.token))
  const elsewhere = idOf(await post({ ...forged, replyTo: 'no-such-post' }, ben.token))
  const shown = async (...ids: string[]) =>
    (await feedWhere((posts) => ids.every((id) => posts.some((one) => one.id === id)))).filter(({ id }) =>
      ids.includes(id),
    )
  const [first, second] = await shown(answered, elsewhere)
  expect(first).toMatchObject({ name: 'Ben', replyTo: asked, replyName: 'Ann' })
  expect(second).toMatchObject({ name: 'Ben', replyTo: 'no-such-post' })
  expect(second).not.toHaveProperty('replyName')
  await studio('DELETE', `/posts/${asked}`)
  await feedWhere((posts) => !posts.some(({ id }) => id === asked))
  expect((await shown(answered))[0]).toMatchObject({ replyTo: asked })
  expect((await shown(answered))[0]).not.toHaveProperty('replyName')
  const late = idOf(await post({ sticker: 'heart', replyTo: asked }, ben.token))
  expect((await shown(late))[0]).not.toHaveProperty('replyName')
})

test('a muted viewer posts nothing while others do, and viewers do not see who is muted', async () => {
  const rude = (await ask('POST', '/v1/viewers', { name: 'Rude' })).body as unknown as GuestAnswer
  const { viewer } = (await post({ sticker: 'six' }, rude.token)).body.post as { viewer: string }
  for (let i = 0; i < 2; i++)
    expect(await studio('POST', `/viewers/${viewer}/mute`)).toEqual({ status: 200, body: { viewer } })
  expect(await post({ sticker: 'six' }, rude.token)).toMatchObject({ status: 403, body: { code: 'muted' } })
  expect(await post({ sticker: 'six' })).toMatchObject({ status: 202 })
  const seen = (await ask('GET', '/v1/shows/final')).body
  expect(['muted', 'removedPosts', 'releasedPosts'].filter((name) => name in seen)).toEqual([])
  expect(await studio('POST', '/viewers/x/mute', { forMs: 0 })).toMatchObject({
    body: { code: 'bad_request' },
  })
})

test('what a moderator took away is given back: the post is in the feed again, the viewer posts again', async () => {
  const sorry = (await ask('POST', '/v1/viewers', { name: 'Sorry' })).body as unknown as GuestAnswer
  const first = await post({ text: 'by mistake' }, sorry.token)
  const { id, viewer } = first.body.post as { id: string; viewer: string }
  await feedWhere((posts) => posts.some((one) => one.id === id))
  await studio('DELETE', `/posts/${id}`)
  await studio('POST', `/viewers/${viewer}/mute`)
  await feedWhere((posts) => !posts.some((one) => one.id === id))
  for (let i = 0; i < 2; i++) {
    expect(await studio('POST', `/posts/${id}/release`)).toEqual({ status: 200, body: { post: id } })
    expect(await studio('DELETE', `/viewers/${viewer}/mute`)).toEqual({ status: 200, body: { viewer } })
  }
  await feedWhere((posts) => posts.some((one) => one.id === id))
  expect(await post({ sticker: 'six' }, sorry.token)).toMatchObject({ status: 202 })
  const trail = (await studio('GET', '/audit')).body as unknown as { action: string; detail: unknown }[]
  expect(trail.filter(({ action }) => /^(release|unmute)-/.test(action))).toMatchObject([
    { action: 'unmute-viewer', detail: { viewer } },
    { action: 'release-post', detail: id },
  ])
})

test('a guest cannot be called as somebody in charge or as the show, and whoever signs in is called as their token says', async () => {
  const named = async (name: string) =>
    (await ask('POST', '/v1/viewers', { name })).body as never as GuestAnswer
  expect((await named('аdmin')).name).toMatch(/^Guest \d{4}$/)
  const { token, name } = await named('Hаrbour Lanterns v Highland Kites')
  expect(name).toStartWith('H')
  const posts = [
    await post({ sticker: 'six' }, token),
    await post({ sticker: 'six' }, tokenOf('hos', { name: 'Host' })),
  ]
  const ids = posts.map(idOf)
  const shown = await feedWhere((feed) => ids.every((id) => feed.some((one) => one.id === id)))
  expect(ids.map((id) => shown.find((one) => one.id === id)!.name)).toEqual(['Guest', 'Host'])
})
