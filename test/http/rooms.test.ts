import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import mqtt, { type MqttClient } from 'mqtt'
import { systemClock } from '../../adapters/clock/clock.ts'
import { ROOM_POSTS_BURST } from '../../protocol/limits.ts'
import type { Post, RoomDocument, RoomPacket } from '../../protocol/packets.ts'
import { startRoar, startRoarIn, temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { until } from '../until.ts'

const FLAGS = ['--window-ms', '50', '--auth-secret', SECRET, '--viewer-per-second', '0']
const producer = tokenOf('pat', { role: 'producer' })
const ROOMS = '/v1/shows/final/rooms'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar(...FLAGS)
})
afterAll(() => roar.stop())

/** One person, by their token. */
const person = (name: string, { sub = name, at = () => roar.url } = {}) => {
  const token = tokenOf(sub, { name })
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(at() + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as RoomDocument & { code?: string }
    return { status: response.status, ...answer }
  }
  return {
    ask,
    make: () => ask('POST', ROOMS),
    join: ({ room, invite }: RoomDocument) => ask('POST', `${ROOMS}/${room}/members`, { invite }),
    look: ({ room }: RoomDocument) => ask('GET', `${ROOMS}/${room}`),
    remove: ({ room }: RoomDocument, viewer: string) =>
      ask('POST', `${ROOMS}/${room}/members/${viewer}/remove`),
    isHere: ({ room }: RoomDocument, body: object = {}) => ask('POST', `${ROOMS}/${room}/presence`, body),
    post: ({ room }: RoomDocument, sticker: string, replyTo?: string) =>
      ask('POST', '/v1/shows/final/posts', { sticker, room, replyTo }),
  }
}

/** Subscribes to channels of rooms; `until` waits for packets, limited by the test's timeout. */
async function listen(...channels: string[]) {
  const client: MqttClient = await mqtt.connectAsync(`${roar.url.replace('http', 'ws')}/mqtt`, {
    reconnectPeriod: 0,
    protocolVersion: 5,
  })
  const packets: (RoomPacket & { topic: string })[] = []
  client.on('message', (topic, payload) => packets.push({ topic, ...JSON.parse(payload.toString()) }))
  await client.subscribeAsync(channels.map((channel) => `roar/final/rooms/${channel}`))
  return {
    packets,
    async until<T>(
      find: (packets: readonly (RoomPacket & { topic: string })[]) => T | undefined,
    ): Promise<T> {
      return (await until(
        () => find(packets),
        (found) => found !== undefined && found !== false,
      ))!
    },
    close: () => client.endAsync(),
  }
}
const names = (packet: RoomPacket) => packet.present?.map(({ name }) => name)

describe('a room', () => {
  test('is made with one call, joined by its invite, and shows who is in it', async () => {
    const [ada, ben] = [person('ada', { sub: 'ada-1' }), person('ben')]
    const room = await ada.make()
    expect(room).toMatchObject({ status: 201, channel: room.room, owner: room.you })
    expect(room.room).toMatch(/^[a-z2-7]{26}$/)
    const joined = await ben.join(room)
    expect(joined).toMatchObject({ status: 201, owner: room.you, invite: room.invite })
    expect(joined.members.map(({ name }) => name)).toEqual(['ada', 'ben'])
    expect(await ben.join(room)).toEqual({ ...joined, status: 200 })
    expect(await ada.look(room)).toMatchObject({ status: 200, members: joined.members })
  })

  test('brings every post to every member, and none of them to the feed', async () => {
    const [ada, ben] = [person('ada', { sub: 'ada-2' }), person('ben')]
    const room = await ada.make()
    await ben.join(room)
    const heard = await listen(room.channel)
    for (let i = 0; i < 20; i++) {
      expect(await (i % 2 ? ada : ben).post(room, 'six')).toMatchObject({ status: 202 })
    }
    const posts = await heard.until((packets) => {
      const all = packets.flatMap(({ posts }) => posts)
      return all.length >= 20 ? all : undefined
    })
    expect(posts).toHaveLength(20)
    expect(posts.every(({ sticker, name }, i) => sticker === 'six' && name === (i % 2 ? 'ada' : 'ben'))).toBe(
      true,
    )
    expect(Object.keys(posts[0]!).toSorted()).toEqual(['at', 'id', 'name', 'sticker', 'viewer'])
    const feed = await (await fetch(`${roar.url}/v1/shows/final/feed`)).json()
    expect(feed).toEqual({ at: 0, posts: [], removed: [] })
    await heard.close()
  })

  test('shows its members whom a post answers, and never the feed, nor another room', async () => {
    const [ada, ben] = [person('ada', { sub: 'ada-3' }), person('ben', { sub: 'ben-3' })]
    const [room, other] = [await ada.make(), await ben.make()]
    await ben.join(room)
    const heard = await listen(room.channel, other.channel)
    const idOf = (answer: object) => (answer as { post: { id: string } }).post.id
    const shown = (id: string) =>
      heard.until((packets) => packets.flatMap(({ posts }) => posts).find((post) => post.id === id))
    const asked = idOf(await ada.post(room, 'six'))
    await shown(asked)
    expect(await shown(idOf(await ben.post(room, 'heart', asked)))).toMatchObject({
      ...{ name: 'ben', replyTo: asked, replyName: 'ada' },
    })
    expect(await shown(idOf(await ben.post(other, 'heart', asked)))).not.toHaveProperty('replyName')
    const id = idOf(await ben.ask('POST', '/v1/shows/final/posts', { sticker: 'heart', replyTo: asked }))
    for (let posts: Post[] = []; !posts.some((post) => post.id === id); ) {
      ;({ posts } = (await (await fetch(`${roar.url}/v1/shows/final/feed`)).json()) as { posts: Post[] })
      for (const post of posts) expect(post).not.toHaveProperty('replyName')
    }
    await heard.close()
  })

  test('folds the taps of all members and says who is there', async () => {
    const [ada, ben] = [person('ada', { sub: 'ada-3' }), person('ben')]
    const room = await ada.make()
    await ben.join(room)
    const heard = await listen(room.channel)
    expect(await ada.isHere(room, { stickers: { heart: 3 }, asks: true })).toMatchObject({
      status: 202,
      everyMs: 20_000,
    })
    await ben.isHere(room, { stickers: { heart: 2, six: 1 } })
    expect(
      await heard.until((packets) => packets.find((packet) => names(packet)?.length === 2)),
    ).toMatchObject({
      owner: room.owner,
      present: [{ name: 'ada' }, { name: 'ben' }],
    })
    await heard.until((packets) => {
      const taps = packets.flatMap(({ taps = [] }) => taps)
      const sum = (of: string) => taps.reduce((n, [sticker, count]) => n + (sticker === of ? count : 0), 0)
      return (sum('heart') === 5 && sum('six') === 1) || undefined
    })
    // A newcomer asks, and gets the list of members present although it did not change.
    const before = heard.packets.length
    await ben.isHere(room, { asks: true })
    await heard.until((packets) => packets.slice(before).find((packet) => names(packet)?.length === 2))
    // A viewer who was away asks for what was posted meanwhile.
    await ada.post(room, 'cup')
    await heard.until((packets) => packets.find(({ posts }) => posts.length > 0))
    const late = heard.packets.length
    await ben.isHere(room, { after: 0 })
    await heard.until((packets) => packets.slice(late).find(({ posts }) => posts[0]?.sticker === 'cup'))
    await heard.close()
  })

  test('keeps out whom its owner removed: by name, by the old invite, and on the old channel', async () => {
    const [ada, ben, cat] = [person('ada', { sub: 'ada-4' }), person('ben'), person('cat')]
    const room = await ada.make()
    const { you } = await ben.join(room)
    await cat.join(room)
    const old = await listen(room.channel)
    expect(await cat.remove(room, you)).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await ada.remove(room, you)).toMatchObject({ status: 200, removed: you })
    await old.until((packets) => packets.find(({ moved }) => moved))
    const now = await cat.look(room)
    expect(now.channel).not.toBe(room.channel)
    expect(now.invite).not.toBe(room.invite)
    const heard = await listen(now.channel)
    await cat.post(room, 'cup')
    await heard.until((packets) => packets.find(({ posts }) => posts.length > 0))
    // The old channel ended with a message that says so.
    expect(old.packets.at(-1)).toMatchObject({ moved: true })
    for (const refused of [ben.look(room), ben.post(room, 'six'), ben.isHere(room), ben.join(now)])
      expect(await refused).toMatchObject({ status: 403, code: 'removed_from_room' })
    expect(await person('ben-again').join(room)).toMatchObject({ status: 404, code: 'unknown_link' })
    await Promise.all([old.close(), heard.close()])
  })

  test('is left by whoever wants to; its owner leaves it to the next', async () => {
    const [ada, ben] = [person('ada', { sub: 'ada-5' }), person('ben')]
    const room = await ada.make()
    const { you } = await ben.join(room)
    await ada.remove(room, room.you)
    expect(await ben.look(room)).toMatchObject({ owner: you, members: [{ name: 'ben' }] })
    await ben.remove(room, you)
    expect(await ben.look(room)).toMatchObject({ status: 404, code: 'unknown_room' })
  })

  test('calls guests as they want, and others as their token says', async () => {
    const { token } = (await (
      await fetch(`${roar.url}/v1/viewers`, { method: 'POST', body: '{}' })
    ).json()) as { token: string }
    const asGuest = (path: string, body: object) =>
      fetch(roar.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      }).then((response) => response.json() as Promise<RoomDocument>)
    const room = await asGuest(ROOMS, { name: ' Gus\u202e ' })
    expect(room.members.map(({ name }) => name)).toEqual(['Gus'])
    const ada = person('ada', { sub: 'ada-6' })
    await ada.ask('POST', `${ROOMS}/${room.room}/members`, { invite: room.invite, name: 'Eve' })
    const renamed = await asGuest(`${ROOMS}/${room.room}/members`, { invite: room.invite, name: 'Moderator' })
    expect(renamed.members.map(({ name }) => name)).toEqual(['Guest', 'ada'])
    const heard = await listen(room.channel)
    await asGuest('/v1/shows/final/posts', { sticker: 'six', room: room.room })
    await heard.until((packets) => packets.flatMap(({ posts }) => posts).find(({ name }) => name === 'Guest'))
    await heard.close()
  })

  test('tells strangers nothing: no wildcard, no id, no list reaches it', async () => {
    const room = await person('ada', { sub: 'ada-7' }).make()
    const stranger = person('eve')
    for (const refused of [stranger.look(room), stranger.post(room, 'six'), stranger.isHere(room)])
      expect(await refused).toMatchObject({ status: 403, code: 'not_a_member' })
    expect(await stranger.join({ ...room, invite: 'guess' })).toMatchObject({ code: 'unknown_link' })
    expect(await stranger.look({ ...room, room: 'guess' })).toMatchObject({
      status: 404,
      code: 'unknown_room',
    })
    expect(await stranger.ask('GET', ROOMS)).toMatchObject({ status: 405 })
    const client = await mqtt.connectAsync(`${roar.url.replace('http', 'ws')}/mqtt`, { reconnectPeriod: 0 })
    for (const filter of ['roar/final/rooms/+', 'roar/final/rooms/#', 'roar/+/rooms/a'])
      expect(
        await client.subscribeAsync(filter).then(
          () => 'heard',
          () => 'refused',
        ),
      ).toBe('refused')
    await client.endAsync()
  })

  test('has a bound on its posts and on the rooms of one viewer, each with its code', async () => {
    const ada = person('ada-in-a-hurry')
    const room = await ada.make()
    const answers = await Promise.all(
      Array.from({ length: 2 * ROOM_POSTS_BURST }, () => ada.post(room, 'six')),
    )
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(ROOM_POSTS_BURST)
    expect(answers.some(({ code }) => code === 'too_many_requests')).toBe(true)
    for (let i = 1; i < 8; i++) expect(await ada.make()).toMatchObject({ status: 201 })
    expect(await ada.make()).toMatchObject({ status: 409, code: 'too_many_rooms' })
  })

  test('takes a hundred, however fast they come, and no more', async () => {
    const room = await person('ada', { sub: 'ada-9' }).make()
    const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => person(`fan-${i}`).join(room)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99)
    expect(answers.filter(({ code }) => code === 'room_full')).toHaveLength(21)
  })

  test('takes stickers of its show alone, and no nonsense', async () => {
    const ada = person('ada', { sub: 'ada-10' })
    const room = await ada.make()
    for (const [body, code] of [
      [{ stickers: { nope: 1 } }, 'unknown_sticker'],
      [{ stickers: { heart: 0 } }, 'bad_request'],
      [{ stickers: { heart: 1e9 } }, 'bad_request'],
      [{ asks: 'yes' }, 'bad_request'],
      [{ stickers: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`s${i}`, 1])) }, 'bad_request'],
    ] as const)
      expect([body, await ada.isHere(room, body)]).toMatchObject([body, { code }])
  })
})

test('the rule of a show switches its rooms off', async () => {
  const rule = (rooms: boolean) =>
    fetch(`${roar.url}/v1/studio/shows/final`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${producer}` },
      body: JSON.stringify({ rules: { rooms } }),
    })
  const ada = person('rule-ada')
  const room = await ada.make()
  await rule(false)
  for (const refused of [ada.make(), ada.look(room), ada.join(room), ada.isHere(room), ada.post(room, 'six')])
    expect(await refused).toMatchObject({ status: 409, code: 'rooms_off' })
  await rule(true)
  expect(await ada.look(room)).toMatchObject({ status: 200 })
})

test('rooms outlive a restart of the server, and end with their show', async () => {
  using folder = temporaryFolder()
  let now = await startRoarIn(folder.path, systemClock, ...FLAGS)
  const [ada, ben, cat] = ['ada', 'ben', 'cat'].map((name) => person(name, { at: () => now.url }))
  const room = await ada!.make()
  await ben!.join(room)
  const { you } = await cat!.join(room)
  await ada!.remove(room, you)
  const before = await ben!.look(room)
  await now.drain()
  now = await startRoarIn(folder.path, systemClock, ...FLAGS)
  expect(await ben!.look(room)).toEqual(before)
  expect(await cat!.join(before)).toMatchObject({ code: 'removed_from_room' })
  await fetch(`${now.url}/v1/studio/shows/final/end`, {
    method: 'POST',
    headers: { authorization: `Bearer ${producer}` },
  })
  expect(await ben!.look(room)).toMatchObject({ status: 409, code: 'show_ended' })
  now.things.rooms!.sweep()
  expect(now.things.rooms!.count).toBe(0)
  await now.drain()
})
