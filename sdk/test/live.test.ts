import { afterAll, afterEach, beforeAll, expect, spyOn, test } from 'bun:test'
import { startRoar } from '../../test/embedded.ts'
import { PRODUCER, SECRET, tokenOf } from '../../test/polls/voting.ts'
import {
  type ConnectOptions,
  connect,
  guest,
  type Roar,
  type RoarEvents,
  type Transport,
} from '../src/index.ts'
import { ownPlatform } from '../src/platform.ts'

type Server = Awaited<ReturnType<typeof startRoar>>

let server: Server
const clients: Roar[] = []
beforeAll(async () => {
  server = await startRoar('--auth-secret', SECRET)
  // By default a show has stickers alone.
  await fetch(`${server.url}/v1/studio/shows/final`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` },
    body: JSON.stringify({ rules: { text: true } }),
  })
})
afterAll(() => server.stop())
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

/** A client that waits only a hundredth of what it might. */
function join(options: Partial<ConnectOptions> = {}): Roar {
  const client = connect(
    { url: server.url, show: 'final', ...options },
    { ...ownPlatform(), random: () => 0.01 },
  )
  clients.push(client)
  return client
}

/** The first event of that name that fits. */
const next = <Name extends keyof RoarEvents>(
  client: Roar,
  name: Name,
  fits: (event: RoarEvents[Name]) => boolean = () => true,
): Promise<RoarEvents[Name]> =>
  new Promise((resolve) => {
    const off = client.on(name, (event) => {
      if (!fits(event)) return
      off()
      resolve(event)
    })
  })

const open = (client: Roar) => next(client, 'status', ({ over }) => over !== undefined)

for (const transport of ['mqtt', 'sse', 'polling'] satisfies Transport[]) {
  test(`a tap of one viewer reaches another by ${transport}, for the show and for the segment`, async () => {
    const listener = join({ transports: [transport], segment: 'away' })
    expect(await open(listener)).toEqual(
      transport === 'polling' ? { state: 'polling', over: 'polling' } : { state: 'live', over: transport },
    )
    const before = listener.show()!.version
    expect(before).toBeGreaterThan(0)
    const mood = next(listener, 'mood', ({ n }) => n === 3)
    const segment = next(listener, 'segment', ({ n }) => n === 3)
    const viewer = join({ segment: 'away' })
    for (let tap = 0; tap < 3; tap++) viewer.react('heart')
    expect(await next(viewer, 'accepted')).toEqual({ stickers: { heart: 3 }, sample: 1 })
    // A poll may miss the one window that held the taps; its total does not.
    if (transport === 'polling') return
    expect(await mood).toMatchObject({ n: 3, top: [['heart', 3, expect.any(Number)]] })
    expect(await segment).toMatchObject({ segment: 'away', n: 3 })
  })
}

test('accepted and counted are the same number, from a storm of taps', async () => {
  const own = await startRoar()
  try {
    const counter = join({ url: own.url })
    const viewers = Array.from({ length: 20 }, () => join({ url: own.url, topics: ['mood'] }))
    let accepted = 0
    for (const viewer of viewers) {
      viewer.on('accepted', ({ stickers }) => {
        for (const count of Object.values(stickers)) accepted += count
      })
      for (let tap = 0; tap < 230; tap++) viewer.react(tap % 3 ? 'heart' : 'six')
    }
    const total = next(counter, 'mood', ({ total }) => total >= 20 * 230)
    await Promise.all(viewers.map((viewer) => viewer.drain()))
    expect(accepted).toBe(20 * 230)
    expect((await total).total).toBe(20 * 230)
    counter.close()
  } finally {
    await own.stop()
  }
})

test("a guest's post stands in the feed; without a token it is unauthorized", async () => {
  const { token } = await guest({ url: `${server.url}/`, name: 'Ann' })
  const listener = join()
  await open(listener)
  const feed = next(listener, 'feed')
  const { post } = await join({ token: () => token }).post('six')
  expect((await feed).posts).toContainEqual(expect.objectContaining({ ...post, name: 'Ann', sticker: 'six' }))
  expect(join().post('six')).rejects.toMatchObject({ code: 'unauthorized', status: 401, retryable: false })
})

test('a post needs a sticker, a text or both', async () => {
  const { token } = await guest({ url: server.url, name: 'Cleo' })
  const listener = join()
  await open(listener)
  const poster = join({ token })
  const feed = next(listener, 'feed')
  await poster.post({ sticker: 'six', text: 'Over the stands' })
  expect((await feed).posts).toContainEqual(
    expect.objectContaining({ name: 'Cleo', sticker: 'six', text: 'Over the stands' }),
  )
  const later = next(listener, 'feed')
  await poster.post({ text: 'What a night' })
  const [post] = (await later).posts
  expect(post).toMatchObject({ text: 'What a night' })
  expect(post).not.toHaveProperty('sticker')
  await expect(poster.post({})).rejects.toMatchObject({ code: 'bad_request' })
  await expect(poster.post('not an id')).rejects.toMatchObject({ code: 'unknown_sticker' })
})

test('a post whose token has run out goes once more with a new one', async () => {
  const { token } = await guest({ url: server.url, name: 'Ben' })
  const asked: (string | undefined)[] = []
  const client = join({
    token: async (refused) => {
      asked.push(refused)
      return refused === undefined ? 'not.a.token' : token
    },
  })
  expect((await client.post('six')).post.id).toBeString()
  expect((await client.post('six')).post.id).toBeString()
  expect(asked).toEqual([undefined, 'not.a.token'])
  const failing = join({ token: () => Promise.reject(new Error('no session')) })
  expect(failing.post('six')).rejects.toMatchObject({ code: 'token', retryable: true })
})

test('a segment and a topic that the show cannot have fail with a code', async () => {
  for (const [options, code] of [
    [{ segment: 'hoem' }, 'unknown_segment'],
    [{ topics: ['mood', 'pols/mvp'] }, 'unknown_topic'],
    [{ topics: ['moood'] }, 'unknown_topic'],
    [{ topics: ['roar/final/mood'] }, 'unknown_topic'],
  ] as const) {
    for (const transports of [['mqtt'], ['sse'], ['polling']] as const) {
      const client = join({ ...options, transports })
      expect(await next(client, 'status')).toEqual({ state: 'failed', code })
    }
  }
  const all = join({ segment: 'home', topics: ['#', 'mood/+', 'mood/home', 'polls/+', 'rooms/gang'] })
  expect(await open(all)).toMatchObject({ state: 'live' })
})

test('what is not Roar is waited out, and said: a page, a 404, JSON of somebody else, a cut line', async () => {
  const answers = [
    () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
    () => new Response('<h1>404</h1>', { status: 404 }),
    () => Response.json({ hello: 'world' }),
    () => Response.json({ error: 'unauthorized' }, { status: 401 }),
    () => Response.json({ code: 'not_found', message: 'no route' }, { status: 404 }),
    () => Response.json(null),
    () => Response.json(null, { status: 404 }),
  ]
  for (const fetch of answers) {
    const other = Bun.serve({ port: 0, fetch })
    const client = join({ url: `http://localhost:${other.port}` })
    expect(await next(client, 'status')).toMatchObject({ state: 'waiting', code: 'not_roar' })
    client.close()
    await other.stop(true)
  }
})

test('what is not Roar is waited out by a viewer who polls, too', async () => {
  const show = await (await fetch(`${server.url}/v1/shows/final`)).json()
  const other = Bun.serve({
    port: 0,
    fetch: ({ url }) => Response.json(url.endsWith('/mood') ? {} : show),
  })
  const client = join({ url: `http://localhost:${other.port}`, transports: ['polling'] })
  expect(await next(client, 'status')).toMatchObject({ state: 'waiting', code: 'not_roar' })
  client.close()
  await other.stop(true)
})

test('a show that there is not fails for good, with the code', async () => {
  const client = join({ show: 'nothing' })
  expect(await next(client, 'status')).toEqual({ state: 'failed', code: 'unknown_show' })
})

test('an unknown sticker is told and costs the taps beside it nothing', async () => {
  const client = join()
  const [refused, accepted] = [next(client, 'refused'), next(client, 'accepted')]
  client.react('nope')
  client.react('heart')
  expect(await refused).toMatchObject({ code: 'unknown_sticker', stickers: { nope: 1 } })
  expect(await accepted).toMatchObject({ stickers: { heart: 1 } })
  expect(() => client.react('Not an id')).toThrow(TypeError)
  expect(() => connect({ url: server.url, show: '../final' })).toThrow(TypeError)
})

test('a token that is no longer good costs no tap', async () => {
  const client = join({ token: 'not.a.token' })
  client.react('heart')
  expect(await next(client, 'accepted')).toMatchObject({ stickers: { heart: 1 } })
})

test('a pause lets the connection go, and a resume brings the crowd back', async () => {
  const client = join()
  await open(client)
  client.pause('user')
  client.pause('user')
  expect(client.status()).toEqual({ state: 'paused', reasons: ['user'] })
  client.resume('user')
  expect(await open(client)).toEqual({ state: 'live', over: 'mqtt' })
})

test('a closed client sends nothing, says so, and hears nothing', async () => {
  const client = join()
  await open(client)
  client.close()
  const refused = next(client, 'refused')
  client.react('heart')
  expect(await refused).toMatchObject({ code: 'closed', stickers: { heart: 1 } })
  expect(client.post('heart')).rejects.toMatchObject({ code: 'closed' })
  expect(client.status()).toEqual({ state: 'closed' })
})

test("a listener's mistake disturbs no other listener", async () => {
  const client = join({ transports: ['polling'] })
  const mistakes: unknown[] = []
  const later = spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => {
    try {
      callback()
    } catch (cause) {
      mistakes.push(cause)
    }
  })
  const off = client.on('status', () => {
    throw new Error('a mistake')
  })
  await open(client)
  off()
  later.mockRestore()
  expect(mistakes).toEqual([new Error('a mistake')])
})

test('viewers of a server that restarts are back by MQTT, and taps made meanwhile are counted once', async () => {
  const own = await startRoar()
  const port = new URL(own.url).port
  const client = join({ url: own.url })
  await open(client)
  const lost = next(client, 'status', ({ state }) => state === 'waiting')
  await own.stop()
  // The server has said when it is back, and no viewer knocks before.
  expect(await lost).toMatchObject({ code: 'stopping', retryInMs: expect.any(Number) })
  for (let tap = 0; tap < 5; tap++) client.react('heart')
  const counted = next(client, 'mood', ({ total }) => total === 5)
  const again = await startRoar('--port', port)
  try {
    expect(await open(client)).toEqual({ state: 'live', over: 'mqtt' })
    await counted
  } finally {
    client.close()
    await again.stop()
  }
})

test('viewers who come back to another server at the address, as after a rehearsal, have its show', async () => {
  const titled = async ({ url }: { url: string }, title: string) => {
    const headers = { authorization: `Bearer ${PRODUCER}` }
    const body = JSON.stringify({ title })
    expect(await fetch(`${url}/v1/studio/shows/final`, { method: 'PATCH', headers, body })).toHaveProperty(
      'ok',
      true,
    )
  }
  const flags = ['--auth-secret', SECRET]
  const rehearsal = await startRoar(...flags)
  await titled(rehearsal, 'Probe')
  await titled(rehearsal, 'Rehearsal')
  const client = join({ url: rehearsal.url })
  await open(client)
  expect(client.show()?.title).toBe('Rehearsal')
  const final = next(client, 'show', ({ title }) => title === 'Final')
  await rehearsal.stop()
  const again = await startRoar('--port', new URL(rehearsal.url).port, ...flags)
  try {
    await titled(again, 'Final')
    await final
    expect(client.show()!.version).toBeLessThan(3)
  } finally {
    client.close()
    await again.stop()
  }
})
