import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startRoar } from '../../test/embedded.ts'
import { SECRET, tokenOf } from '../../test/polls/voting.ts'
import { connect } from '../src/index.ts'
import type { Transport } from '../src/machine.ts'
import { ownPlatform, type Platform } from '../src/platform.ts'
import { type Room, type RoomEvents, rooms } from '../src/rooms/index.ts'

let server: Awaited<ReturnType<typeof startRoar>>
const opened: Room[] = []
beforeAll(async () => {
  server = await startRoar('--auth-secret', SECRET, '--window-ms', '50')
})
afterAll(() => server.stop())
afterEach(() => {
  for (const room of opened.splice(0)) room.close()
})

/** Waits a hundredth of what it might. */
const platform = (change: Partial<Platform> = {}): Platform => ({
  ...ownPlatform(),
  random: () => 0.01,
  ...change,
})

const ownFetch = ownPlatform().fetch

/** The rooms of somebody, and how often they listened anew. @param shown The name that others see. */
function person(sub: string, change: Partial<Platform> = {}, over: Transport = 'mqtt', shown = sub) {
  const options = { url: server.url, show: 'final' }
  const topics: string[] = []
  const all = rooms(
    {
      ...options,
      token: tokenOf(sub, { name: shown }),
      listen(topic, signal) {
        topics.push(topic)
        return connect({ ...options, topics: [topic], signal, transports: [over] }, platform())
      },
    },
    platform(change),
  )
  const kept = async (entered: Promise<Room>) => {
    const room = await entered
    opened.push(room)
    return room
  }
  return {
    topics,
    make: () => kept(all.make()),
    join: (room: string, invite: string) => kept(all.join(room, invite)),
    enter: (room: string) => kept(all.enter(room)),
  }
}
const heard = <Name extends keyof RoomEvents>(
  room: Room,
  name: Name,
  fits: (event: RoomEvents[Name]) => boolean = () => true,
): Promise<RoomEvents[Name]> =>
  new Promise((resolve) => room.on(name, (event) => fits(event) && resolve(event)))
const areThere = (room: Room, ...names: string[]) =>
  heard(room, 'present', (members) => `${members.map(({ name }) => name)}` === `${names}`)

/** Ada's room, with Ben in it, both there. */
async function party(over: Transport = 'mqtt') {
  const [ada, ben] = [person('ada'), person('ben', {}, over)]
  const hers = await ada.make()
  const { room, invite } = hers.document()
  const his = await ben.join(room, invite)
  await Promise.all([areThere(hers, 'ada', 'ben'), areThere(his, 'ada', 'ben')])
  return { ada, ben, hers, his }
}

test.each(['mqtt', 'sse'] as const)(
  'members hear each other, one of them over %s: who is there, every post once, taps together',
  async (over) => {
    const { hers, his } = await party(over)
    const posts: string[] = []
    his.on('posts', (fresh) => posts.push(...fresh.map(({ sticker, name }) => `${name} ${sticker}`)))
    const last = heard(his, 'posts', (fresh) => fresh.some(({ sticker }) => sticker === 'cup'))
    const rising = heard(hers, 'taps', (taps) =>
      taps.some(([sticker, count]) => sticker === 'heart' && count === 3),
    )
    for (let i = 0; i < 3; i++) his.react('heart')
    for (const sticker of ['six', 'cup']) await hers.post(sticker)
    await Promise.all([last, rising])
    expect(posts).toEqual(['ada six', 'ada cup'])
  },
)

test('another name of a member is what the others see, whoever else comes or goes', async () => {
  const { hers } = await party()
  const { room, invite } = hers.document()
  const renamed = heard(hers, 'room', ({ members }) => members.some(({ name }) => name === 'benjamin'))
  await person('ben', {}, 'mqtt', 'benjamin').join(room, invite)
  expect((await renamed).members.map(({ name }) => name)).toEqual(['ada', 'benjamin'])
})

test('whoever is removed is told, and the others go on where nobody else hears them', async () => {
  const { ada, hers, his } = await party()
  const cat = await person('cat').join(hers.document().room, hers.document().invite)
  await areThere(hers, 'ada', 'ben', 'cat')
  const before = hers.document()
  const [ended, moved] = [heard(his, 'ended'), heard(cat, 'room', ({ invite }) => invite !== before.invite)]
  await hers.remove(his.document().you)
  expect(await ended).toBe('removed_from_room')
  expect((await moved).members.map(({ name }) => name)).toEqual(['ada', 'cat'])
  expect(ada.topics).toEqual([`rooms/${before.channel}`, `rooms/${hers.document().channel}`])
  await areThere(cat, 'ada', 'cat')
  const told = heard(cat, 'posts')
  await hers.post('six')
  expect(await told).toMatchObject([{ name: 'ada', sticker: 'six' }])
  expect(await his.post('six').catch(({ code }) => code)).toBe('closed')
})

test('whoever comes later hears what was posted before, and nobody hears a post twice', async () => {
  const { hers, his } = await party()
  const posts: string[] = []
  his.on('posts', (fresh) => posts.push(...fresh.map(({ sticker }) => `${sticker}`)))
  const first = heard(his, 'posts')
  await hers.post('six')
  await first
  const cat = await person('cat').join(hers.document().room, hers.document().invite)
  expect(await heard(cat, 'posts')).toMatchObject([{ name: 'ada', sticker: 'six' }])
  const last = heard(his, 'posts', (fresh) => fresh.some(({ sticker }) => sticker === 'cup'))
  await hers.post('cup')
  await last
  expect(posts).toEqual(['six', 'cup'])
})

test('what is not Roar opens no room, and takes none from somebody who is in one', async () => {
  const { hers } = await party()
  const { room, invite } = hers.document()
  const fetch = async () => Response.json({ login: 'https://portal.example' })
  const eve = person('eve', { fetch })
  for (const enter of [() => eve.make(), () => eve.join(room, invite), () => eve.enter(room)])
    await expect(enter()).rejects.toMatchObject({ code: 'not_roar' })
  let isSignedIn = true
  const through: typeof ownFetch = (...asked) => (isSignedIn ? ownFetch(...asked) : fetch())
  const ben = await person('ben', { fetch: through }).enter(room)
  await areThere(ben, 'ada', 'ben')
  const before = ben.document()
  isSignedIn = false
  await expect(ben.rename('Benno')).rejects.toMatchObject({ code: 'not_roar' })
  await expect(ben.post('six')).rejects.toMatchObject({ code: 'not_roar' })
  await expect(ben.leave()).rejects.toMatchObject({ code: 'not_roar' })
  expect(ben.document()).toEqual(before)
})

test('a member comes back by the room alone; who is none is refused with why', async () => {
  const { hers, his } = await party()
  const { room, invite } = hers.document()
  his.close()
  const again = await person('ben').enter(room)
  await areThere(again, 'ada', 'ben')
  expect(
    await person('eve')
      .enter(room)
      .catch(({ code }) => code),
  ).toBe('not_a_member')
  expect(
    await person('eve')
      .join(room, 'guess')
      .catch(({ code }) => code),
  ).toBe('unknown_link')
  expect(
    await person('eve')
      .join('nowhere', invite)
      .catch(({ code }) => code),
  ).toBe('unknown_room')
})

test('a presence without an answer is sent again; two that say that there is no such member end the room', async () => {
  const due: (() => void)[] = []
  const hold = (callback: () => void) => {
    due.push(callback)
    return () => {}
  }
  const own = ownPlatform()
  let answer: (() => Response) | undefined
  const { hers } = await party()
  const { room, invite } = hers.document()
  const cat = await person('cat', {
    after: (ms, callback) => (ms > 4_000 && ms < 10_000 ? hold(callback) : own.after(ms, callback)),
    fetch: async (url, init) => (url.endsWith('/presence') && answer ? answer() : own.fetch(url, init)),
  }).join(room, invite)
  await areThere(cat, 'ada', 'ben', 'cat')
  const ended = heard(cat, 'ended')
  const next = async () => {
    while (due.length === 0) await Bun.sleep(5)
    due.splice(0).at(-1)!()
  }
  answer = () => new Response('', { status: 502 })
  cat.react('heart')
  await next()
  answer = () =>
    Response.json({ type: 'urn:roar:error:not_a_member', code: 'not_a_member', detail: '' }, { status: 403 })
  await next()
  await next()
  expect(await ended).toBe('not_a_member')
})
