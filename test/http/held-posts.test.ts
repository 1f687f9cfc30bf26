import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import { systemClock } from '../../adapters/clock/clock.ts'
import type { GuestAnswer, Post, PostAnswer } from '../../protocol/packets.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { startRoar, startRoarIn, temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { until } from '../until.ts'

const FLAGS = ['--window-ms', '50', '--auth-secret', SECRET]
const producer = tokenOf('pat', { role: 'producer' })

interface HeldPosts {
  posts: (Post & { entry?: string })[]
  decided: (Post & { decided: string })[]
  dropped: number
}

/** What viewers and moderators call at one server. */
function callsOf(url: string) {
  const ask = async (method: string, path: string, body?: unknown, token = producer) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const studio = (method: string, path: string, body?: unknown) =>
    ask(method, `/v1/studio/shows/final${path}`, body)
  const feed = async () => (await ask('GET', '/v1/shows/final/feed')).body.posts as Post[]
  const held = async () => (await studio('GET', '/posts?held')).body as unknown as HeldPosts
  return {
    ask,
    studio,
    post: async (body: unknown, token: string) => {
      const { status, body: said } = await ask('POST', '/v1/shows/final/posts', body, token)
      return { status, said, ...(said as unknown as PostAnswer) }
    },
    guest: async (name: string) =>
      (await ask('POST', '/v1/viewers', { name })).body as unknown as GuestAnswer,
    held: (fits: (held: HeldPosts) => boolean = () => true) => until(held, fits),
    feed: (fits: (posts: Post[]) => boolean) => until(feed, fits),
    document: (fits: (show: ShowDocument) => boolean) =>
      until(async () => (await ask('GET', '/v1/shows/final')).body as unknown as ShowDocument, fits),
    /** Allows texts, and holds none of them. */
    async allowTexts() {
      await ask('PATCH', '/v1/studio/shows/final', { rules: { text: true } })
      await studio('PATCH', '/switches', { text: 'on' })
      await studio('PUT', '/word-lists/en', {})
    },
  }
}
const has = (id: string) => (posts: readonly Post[]) => posts.some((one) => one.id === id)

describe('at one server', () => {
  let roar: Awaited<ReturnType<typeof startRoar>>
  let calls: ReturnType<typeof callsOf>
  let guest: GuestAnswer
  beforeAll(async () => {
    roar = await startRoar(...FLAGS)
    calls = callsOf(roar.url)
    guest = await calls.guest('Ann')
  })
  beforeEach(() => calls.allowTexts())
  afterAll(() => roar.stop())

  test('a text with a word of the list waits for a moderator, and is in the feed once it is released', async () => {
    expect(
      await calls.studio('PUT', '/word-lists/en', { hold: ['damn', 'damn'], refuse: ['scheiß*'] }),
    ).toMatchObject({ status: 200, body: { language: 'en', hold: ['damn'], refuse: ['scheiß*'] } })
    const shown = await calls.post({ text: 'a madman of a fielder' }, guest.token)
    expect([shown.status, shown.held]).toEqual([202, undefined])
    const { status, held, post } = await calls.post(
      { text: 'DАMN, what a shot', sticker: 'six', replyTo: shown.post.id },
      guest.token,
    )
    expect([status, held]).toEqual([202, true])
    const waiting = await calls.held(({ posts }) => has(post.id)(posts))
    expect(waiting.posts).toEqual([
      {
        ...{ ...post, name: 'Ann', sticker: 'six', text: 'DАMN, what a shot' },
        ...{ replyTo: shown.post.id, entry: 'damn' },
      },
    ])
    // What came after it is shown, so it would be shown too.
    const after = await calls.post({ text: 'after' }, guest.token)
    expect(has(post.id)(await calls.feed(has(after.post.id)))).toBe(false)
    for (let i = 0; i < 2; i++)
      expect(await calls.studio('POST', `/posts/${post.id}/release`)).toEqual({
        status: 200,
        body: { post: post.id },
      })
    const posts = await calls.feed(has(post.id))
    // In the order of their release.
    expect(posts.at(-1)).toMatchObject({
      ...{ id: post.id, viewer: post.viewer, name: 'Ann' },
      ...{ replyTo: shown.post.id, replyName: 'Ann' },
    })
    expect(posts.filter(({ id }) => id === post.id)).toHaveLength(1)
    expect(await calls.held()).toMatchObject({ posts: [], decided: [{ id: post.id, decided: 'released' }] })
  })

  test('a text with a refused word is refused with its code, in the feed and in a room, and a held word is none in a room', async () => {
    await calls.studio('PUT', '/word-lists/de', { hold: ['mist'], refuse: ['scheiß*'] })
    const { room } = (await calls.ask('POST', '/v1/shows/final/rooms', {}, guest.token)).body as {
      room: string
    }
    for (const more of [{}, { room }])
      expect((await calls.post({ text: 'so eine Scheiße', ...more }, guest.token)).said).toMatchObject({
        status: 403,
        code: 'text_refused',
      })
    const inRoom = await calls.post({ text: 'so ein Mist', room }, guest.token)
    expect([inRoom.status, inRoom.held]).toEqual([202, undefined])
    expect((await calls.post({ text: 'so ein Mist' }, guest.token)).held).toBe(true)
    await calls.studio('PUT', '/word-lists/de', {})
  })

  test('with the switch every text waits, and stickers go on', async () => {
    await calls.studio('PATCH', '/switches', { text: 'held' })
    const { held, post } = await calls.post({ text: 'what a lovely day' }, guest.token)
    expect(held).toBe(true)
    expect((await calls.post({ sticker: 'six' }, guest.token)).held).toBeUndefined()
    const { posts } = await calls.held(({ posts }) => has(post.id)(posts))
    expect(posts.find(({ id }) => id === post.id)).not.toHaveProperty('entry')
  })

  test('a held post that is removed is never shown, its viewer hears of it, and it can be taken back', async () => {
    await calls.studio('PATCH', '/switches', { text: 'held' })
    const { post } = await calls.post({ text: 'by mistake' }, guest.token)
    await calls.held(({ posts }) => has(post.id)(posts))
    expect(await calls.studio('DELETE', `/posts/${post.id}`)).toMatchObject({ status: 200 })
    expect(await calls.held()).toMatchObject({
      decided: expect.arrayContaining([expect.objectContaining({ id: post.id, decided: 'removed' })]),
    })
    const after = await calls.post({ sticker: 'six' }, guest.token)
    expect(has(post.id)(await calls.feed(has(after.post.id)))).toBe(false)
    await calls.studio('POST', `/posts/${post.id}/release`)
    await calls.feed(has(post.id))
    await calls.studio('DELETE', `/posts/${post.id}`)
    await calls.feed((posts) => !has(post.id)(posts))
    await calls.studio('POST', `/posts/${post.id}/release`)
    await calls.feed(has(post.id))
    const trail = (await calls.ask('GET', '/v1/studio/shows/final/audit', undefined)).body as unknown as {
      action: string
      detail: unknown
    }[]
    expect(trail.filter(({ detail }) => detail === post.id).map(({ action }) => action)).toEqual([
      'release-post',
      'remove-post',
      'release-post',
      'remove-post',
    ])
  })

  test('viewers see neither the words nor who waits, and only who is in charge does', async () => {
    await calls.studio('PUT', '/word-lists/en', { hold: ['damn'] })
    expect((await calls.ask('GET', '/v1/shows/final')).body).not.toHaveProperty('wordLists')
    for (const [method, path] of [
      ['GET', '/posts?held'],
      ['PUT', '/word-lists/en'],
      ['PUT', '/pin'],
      ['DELETE', '/pin'],
    ] as const)
      expect(
        await calls.ask(
          method,
          `/v1/studio/shows/final${path}`,
          method === 'PUT' ? {} : undefined,
          guest.token,
        ),
      ).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await calls.studio('GET', '/posts?held=no')).toMatchObject({ body: { code: 'bad_request' } })
    for (const [path, body] of [
      ['/word-lists/en', { hold: ['?!'] }],
      ['/word-lists/en', { hold: ['x'.repeat(65)] }],
      ['/word-lists/en', { hold: [7] }],
      ['/pin', {}],
      ['/pin', { text: '\u3164' }],
      ['/pin', { text: 'x'.repeat(141) }],
      ['/pin', { text: 'a', post: 'b' }],
    ] as const)
      expect([body, await calls.studio('PUT', path, body)]).toMatchObject([
        body,
        { status: 400, body: { code: 'bad_request' } },
      ])
    expect(await calls.studio('PUT', '/word-lists/not_one', {})).toMatchObject({
      body: { code: 'not_found' },
    })
  })

  test('a post is pinned as its viewer wrote it, whoever comes sees it, and a moderator’s removal takes it away', async () => {
    const { post } = await calls.post({ text: 'what a shot', sticker: 'six', replyTo: 'a' }, guest.token)
    for (let i = 0; i < 2; i++)
      expect(await calls.studio('PUT', '/pin', { post: post.id })).toMatchObject({
        status: 200,
        body: { pinned: { ...post, name: 'Ann', text: 'what a shot', sticker: 'six' } },
      })
    await calls.document(({ pinned }) => pinned?.id === post.id)
    await calls.studio('PUT', '/pin', { text: ' Doors\u202e at 8 ' })
    await calls.document(({ pinned }) => pinned?.text === 'Doors at 8' && pinned.id === undefined)
    for (let i = 0; i < 2; i++) expect(await calls.studio('DELETE', '/pin')).toMatchObject({ status: 200 })
    await calls.document(({ pinned }) => pinned === undefined)
    await calls.studio('PUT', '/pin', { post: post.id })
    await calls.studio('DELETE', `/posts/${post.id}`)
    await calls.document(({ pinned }) => pinned === undefined)
    expect(await calls.studio('PUT', '/pin', { post: post.id })).toMatchObject({
      status: 404,
      body: { code: 'unknown_post' },
    })
  })

  test('while a post is looked for in the log the show goes on being changed, and a removal meanwhile counts', async () => {
    const { post } = await calls.post({ text: 'a moment', sticker: 'six' }, guest.token)
    const log = roar.things.log!
    const gate = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const read = spyOn(log, 'read').mockImplementation(async (...place) => {
      asked.resolve()
      await gate.promise
      read.mockRestore()
      return log.read(...place)
    })
    const pinning = calls.studio('PUT', '/pin', { post: post.id })
    await asked.promise
    expect(await calls.studio('DELETE', `/posts/${post.id}`)).toMatchObject({ status: 200 })
    gate.resolve()
    expect(await pinning).toMatchObject({ status: 404, body: { code: 'unknown_post' } })
  })

  test('what is not in the feed cannot be pinned: a post of a room, and one that waits', async () => {
    const { room } = (await calls.ask('POST', '/v1/shows/final/rooms', {}, guest.token)).body as {
      room: string
    }
    const inRoom = await calls.post({ text: 'between us', room }, guest.token)
    await calls.studio('PATCH', '/switches', { text: 'held' })
    const waits = await calls.post({ text: 'not yet' }, guest.token)
    for (const { post } of [inRoom, waits])
      expect(await calls.studio('PUT', '/pin', { post: post.id })).toMatchObject({
        body: { code: 'unknown_post' },
      })
  })
})

test('what waits for a moderator waits after a restart, and what was decided is not asked again', async () => {
  using folder = temporaryFolder()
  const first = await startRoarIn(folder.path, systemClock, ...FLAGS)
  const before = callsOf(first.url)
  await before.allowTexts()
  await before.studio('PATCH', '/switches', { text: 'held' })
  const { token } = await before.guest('Ann')
  const waits = await before.post({ text: 'one' }, token)
  const gone = await before.post({ text: 'two' }, token)
  await before.held(({ posts }) => posts.length === 2)
  await before.studio('DELETE', `/posts/${gone.post.id}`)
  await first.drain()
  const second = await startRoarIn(folder.path, systemClock, ...FLAGS)
  const after = callsOf(second.url)
  const { posts } = await after.held(({ posts, decided }) => posts.length + decided.length === 2)
  expect(posts.map(({ id }) => id)).toEqual([waits.post.id])
  await after.studio('POST', `/posts/${waits.post.id}/release`)
  await after.feed(has(waits.post.id))
  await second.drain()
})
