import { afterEach, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import { encodeConnect, encodePingreq, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import type { TokenClaims } from './context.ts'
import type { EdgeOptions } from './edge.ts'
import {
  type EdgeFixture,
  openSocket,
  openViewer,
  packetsIn,
  startEdge,
  TRANSPORTS,
  type TransportName,
} from './edge-fixture.ts'

let fixture: EdgeFixture
const start = (options: Partial<EdgeOptions> = {}): EdgeFixture => {
  fixture = startEdge(options)
  return fixture
}
afterEach(() => fixture.close())

const closeOf = (socket: WebSocket) => new Promise<CloseEvent>((resolve) => (socket.onclose = resolve))
const turn = () => new Promise<void>((resume) => setImmediate(resume))
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await turn()
}

const HANDSHAKE = `${[
  'GET /mqtt HTTP/1.1',
  'Host: edge',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: mqtt',
].join('\r\n')}\r\n\r\n`

/** A socket that stops reading once its SUBACK came. */
async function openStuck({ url, laneUrl, tcpPort }: EdgeFixture, transport: TransportName): Promise<Socket> {
  const portIn = (address: string) => Number(new URL(address).port)
  const port = { TCP: tcpPort, WebSocket: portIn(url), lane: portIn(laneUrl) }[transport]
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  const hello = Buffer.concat([
    encodeConnect({ clientId: 's', keepAliveS: 0 }),
    encodeSubscribe(1, ['roar/final/mood']),
  ])
  const data = () => new Promise<void>((resolve) => socket.once('data', () => resolve()))
  if (transport === 'TCP') {
    socket.write(hello)
  } else {
    socket.write(HANDSHAKE)
    await data()
    // One binary frame with a mask of zeros. RFC 6455, section 5.2.
    socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | hello.length, 0, 0, 0, 0), hello]))
  }
  await data()
  socket.pause()
  return socket
}

/** A socket that is ended for what it sent, and keeps its half. */
async function openEnded({ laneUrl, tcpPort }: EdgeFixture, transport: 'lane' | 'TCP'): Promise<Socket> {
  const port = transport === 'TCP' ? tcpPort : Number(new URL(laneUrl).port)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => socket.destroy())
  socket.write(transport === 'TCP' ? 'no packet' : `${HANDSHAKE}no frame`)
  socket.resume()
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  return socket
}

/** The payloads of a server's frames. RFC 6455, section 5.2; a frame that is not whole yet is left out. */
function unframed(bytes: Buffer): Buffer {
  const payloads: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const long = bytes[at + 1] === 126
    const begin = at + (long ? 4 : 2)
    const end = begin + (long ? bytes.readUInt16BE(at + 2) : bytes[at + 1]!)
    if (end > bytes.length) break
    if (bytes[at] === 0x82) payloads.push(bytes.subarray(begin, end))
    at = end
  }
  return Buffer.concat(payloads)
}

test.each(TRANSPORTS)(
  'a viewer over %s who pinged in time is not cut where the process stood still, and one who is silent from then on is',
  async (transport) => {
    const clock = new ManualClock(1_000_000)
    start({ clock })
    const viewer = await openSocket(fixture, transport)
    viewer.send(encodeConnect({ clientId: 'viewer', keepAliveS: 60 }))
    await viewer.hears(4)
    clock.advance(30_000)
    // Longer than the keep-alive: whatever came meanwhile is unread when the first timer is called.
    clock.standStill(600_000)
    clock.advance(0)
    viewer.send(encodePingreq())
    const heard = viewer.hears(6).then(() => 'heard')
    expect(await Promise.race([heard, viewer.closed])).toBe('heard')
    clock.advance(91_000)
    await viewer.closed
  },
)

test.each(TRANSPORTS)(
  'a viewer over %s whose token expired while the process stood still is not served any longer, and others are',
  async (transport) => {
    const clock = new ManualClock(1_000_000)
    const verify = async (token: string) => ({ expiresMs: clock.now() + Number(token) })
    start({ clock, verify })
    const comes = async (forMs: number) => {
      const viewer = await openSocket(fixture, transport)
      viewer.send(encodeConnect({ clientId: 'viewer', keepAliveS: 0, password: String(forMs) }))
      await viewer.hears(4)
      return viewer
    }
    const [short, long] = [await comes(30_000), await comes(600_000)]
    clock.standStill(90_000)
    clock.advance(0)
    await short.closed
    long.send(encodePingreq())
    await long.hears(6)
  },
)

describe.each(TRANSPORTS)('a socket over %s that stops reading', (transport) => {
  test('skips packets above its backlog, is cut after its time, and the neighbour hears every packet', async () => {
    const clock = new ManualClock(1_000_000)
    const { edge, publish } = start({ clock, limits: { backlogBytesMax: 16_384, slowMs: 5_000 } })
    const neighbour = await openViewer(fixture, transport, ['roar/final/mood'])
    const stuck = await openStuck(fixture, transport)
    const some = 20
    let published = 0
    const publishSome = async () => {
      for (let i = 0; i < some; i++) publish('roar/final/mood', String(published++).padStart(8_000, '.'))
      // The neighbour reads before more is sent: so little is never more than its socket takes.
      await neighbour.hears(9 + published * (8_000 + 3 + 17))
    }
    // The kernel takes some megabytes before the edge notices.
    while (edge.counters().skipped === 0) await publishSome()
    // What waits is bounded: beyond the kernel's buffers, some kilobytes and not some megabytes.
    expect(published * 8_000).toBeLessThan(16 * 1024 * 1024)
    const slowFromMs = clock.now()
    // The kernel may find room once more and take all that waited: then the socket's time begins anew with what waits next.
    while (edge.counters().cutSlow === 0) {
      clock.advance(1_000)
      await publishSome()
    }
    expect(clock.now() - slowFromMs).toBeGreaterThanOrEqual(5_000)
    expect(edge.counters().cutSlow).toBe(1)
    const heard = packetsIn(neighbour.heard()).filter(({ type }) => type === 'publish')
    expect(heard).toHaveLength(published)
    const { skipped, deliveries } = edge.counters()
    // Each of the two was either handed each packet, or skipped; after the cut there is one.
    expect(deliveries + skipped).toBeGreaterThanOrEqual(published * 2 - some)
    expect(skipped).toBeGreaterThan(some)
    stuck.destroy()
    neighbour.close()
  })

  test('hears whole packets when it reads again, each newer than the one before', async () => {
    const { edge, publish } = start({ limits: { backlogBytesMax: 16_384 } })
    const stuck = await openStuck(fixture, transport)
    let published = 0
    while (edge.counters().skipped === 0) {
      for (let i = 0; i < 50; i++) publish('roar/final/mood', String(published++).padStart(8_000, '.'))
      await turn()
    }
    const chunks: Buffer[] = []
    stuck.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
    stuck.resume()
    await until(() => {
      publish('roar/final/mood', 'last')
      return chunks.at(-1)?.includes('last') ?? false
    })
    const bytes = Buffer.concat(chunks)
    const heard = packetsIn(transport === 'TCP' ? bytes : unframed(bytes)).flatMap((packet) =>
      packet.type === 'publish' ? [new TextDecoder().decode(packet.payload).replace(/^\.+/, '')] : [],
    )
    const numbers = heard.filter((payload) => payload !== 'last').map(Number)
    expect(numbers.length).toBeGreaterThan(0)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(heard.at(-1)).toBe('last')
    stuck.destroy()
  })
})

describe('the mood route', () => {
  test('answers an empty packet before there is one, then the newest, cacheable for a window', async () => {
    const { url, publish } = start()
    const first = await fetch(`${url}/v1/shows/final/mood`)
    expect(await first.json()).toEqual({ at: 0, ms: 250, n: 0, total: 0, top: [] })
    publish('roar/final/mood', '{"at":1}', true)
    publish('roar/final/mood/home', '{"at":2}', true)
    const newest = await fetch(`${url}/v1/shows/final/mood`)
    expect(newest.headers.get('cache-control')).toBe('public, max-age=1')
    expect(newest.headers.get('content-type')).toBe('application/json')
    expect(await newest.text()).toBe('{"at":1}')
    expect(await (await fetch(`${url}/v1/shows/final/mood?segment=home`)).text()).toBe('{"at":2}')
    const known = { headers: { 'if-none-match': newest.headers.get('etag')! } }
    expect((await fetch(`${url}/v1/shows/final/mood`, known)).status).toBe(304)
    publish('roar/final/mood', '{"at":3}', true)
    expect((await fetch(`${url}/v1/shows/final/mood`, known)).status).toBe(200)
  })

  test.each([
    ['/v1/shows/other/mood', 404, 'unknown_show'],
    ['/v1/shows/NOT-an-id/mood', 404, 'unknown_show'],
    ['/v1/shows/final/mood?segment=moon', 400, 'unknown_segment'],
    ['/v1/shows/final/mood?segment=%23', 400, 'unknown_segment'],
    ['/v1/shows/other/events', 404, 'unknown_show'],
    ['/v1/shows/final/events?segment=moon', 400, 'unknown_segment'],
    ['/v1/shows/final/events?topics=mood,rooms/%2B', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=rooms/%23', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=mo%23', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=moods', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=mood,', 400, 'unknown_topic'],
    ['/v1/shows/final/events?topics=roar/final/mood', 400, 'unknown_topic'],
    [`/v1/shows/final/events?topics=${'x'.repeat(200)}`, 400, 'unknown_topic'],
    [`/v1/shows/final/events?topics=${',mood'.repeat(70).slice(1)}`, 400, 'bad_request'],
  ])('%s is refused', async (path, status, code) => {
    const response = await fetch(`${start().url}${path}`)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
  })
})

/** Reads events off a stream as they come. */
function eventsOf(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(): Promise<string | undefined> {
      while (!text.includes('\n\n')) {
        const { done, value } = await reader.read()
        if (done) return undefined
        text += value
      }
      const end = text.indexOf('\n\n')
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      return event
    },
    cancel: () => reader.cancel(),
  }
}

describe.each(['server', 'lane'] as const)('the event stream of the %s', (by) => {
  /** With its address there. */
  const startThere = (options?: Partial<EdgeOptions>) => {
    const started = start(options)
    return { ...started, url: by === 'lane' ? started.lane.url : started.url }
  }

  test('begins with the values there are, then says what is live, under the names of the topics', async () => {
    const { url, publish } = startThere({ random: () => 0.5 })
    publish('roar/final/mood', '{"at":1}', true)
    publish('roar/final/mood/home', '{"at":1,"home":true}', true)
    publish('roar/final/mood/away', '{"at":1,"away":true}', true)
    const response = await fetch(`${url}/v1/shows/final/events?segment=home`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const events = eventsOf(response)
    expect(await events.next()).toBe('retry: 4500')
    expect(await events.next()).toBe('event: mood\ndata: {"at":1}')
    expect(await events.next()).toBe('event: mood/home\ndata: {"at":1,"home":true}')
    publish('roar/final/mood/away', 'not for it', true)
    publish('roar/final/rooms/gang', 'not for it')
    publish('roar/final/feed', 'two\nlines')
    publish('roar/final/polls/mvp', 'open', true)
    publish('roar/final/show', '8', true)
    expect(await events.next()).toBe('event: feed\ndata: two\ndata: lines')
    expect(await events.next()).toBe('event: polls/mvp\ndata: open')
    expect(await events.next()).toBe('event: show\ndata: 8')
    await events.cancel()
  })

  test('brings what it was asked for and nothing else, a room too where it is named', async () => {
    const { url, publish } = startThere()
    publish('roar/final/polls/mvp', 'open', true)
    const topics = encodeURIComponent('rooms/gang,polls/+,rooms/gang,+/home')
    const events = eventsOf(await fetch(`${url}/v1/shows/final/events?topics=${topics}`))
    await events.next()
    expect(await events.next()).toBe('event: polls/mvp\ndata: open')
    for (const topic of ['mood', 'feed', 'rooms/others', 'rooms/gang']) publish(`roar/final/${topic}`, topic)
    expect(await events.next()).toBe('event: rooms/gang\ndata: rooms/gang')
    publish('roar/final/polls/mvp', 'closed', true)
    expect(await events.next()).toBe('event: polls/mvp\ndata: closed')
    publish('roar/final/mood/home', 'ours', true)
    expect(await events.next()).toBe('event: mood/home\ndata: ours')
    await events.cancel()
  })

  test('is charged to its address for the work that its topics cause, as an MQTT session is', async () => {
    const { url, publish, edge } = startThere({
      clock: new ManualClock(1_000_000),
      limitLoopback: true,
      limits: { workPerSecondMax: 1, workBurstMax: 10 },
    })
    for (let i = 0; i < 50; i++) publish(`roar/final/polls/p${i}`, '1', true)
    const ask = (topics: string) => fetch(`${url}/v1/shows/final/events?topics=${encodeURIComponent(topics)}`)
    const taken = eventsOf(await ask('+/a,+/b,+/c'))
    expect(await taken.next()).toStartWith('retry: ')
    const refused = await ask('mood')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '8'])
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
    expect(edge.counters().refused).toEqual({ work: 1 })
    await taken.cancel()
  })

  test('says a word every few seconds, so that nobody on the way takes it for dead', async () => {
    const clock = new ManualClock(1_000_000)
    const { url } = startThere({ clock })
    const events = eventsOf(await fetch(`${url}/v1/shows/final/events`))
    await events.next()
    clock.advance(15_500)
    expect(await events.next()).toBe(':')
    await events.cancel()
  })

  test('of a viewer who left is forgotten, and the others hear on', async () => {
    const { url, edge, publish } = startThere()
    const [leaves, stays] = await Promise.all(
      [1, 2].map(async () => eventsOf(await fetch(`${url}/v1/shows/final/events`))),
    )
    expect(edge.counters().connections.events).toBe(2)
    await leaves!.cancel()
    await until(() => {
      publish('roar/final/feed', 'x')
      return edge.counters().connections.events === 1
    })
    publish('roar/final/show', 'still here')
    let event = await stays!.next()
    while (!event?.startsWith('event: show')) event = await stays!.next()
    expect(event).toBe('event: show\ndata: still here')
    await stays!.cancel()
  })

  test('of a viewer who stops reading is skipped, then cut, and the others hear on', async () => {
    const clock = new ManualClock(1_000_000)
    const { url, edge, publish } = startThere({ clock, limits: { backlogBytesMax: 16_384, slowMs: 5_000 } })
    const stuck = connect(Number(new URL(url).port), '127.0.0.1')
    stuck.on('error', () => stuck.destroy())
    stuck.write('GET /v1/shows/final/events HTTP/1.1\r\nHost: edge\r\n\r\n')
    await new Promise<void>((resolve) => stuck.once('data', () => resolve()))
    stuck.pause()
    let published = 0
    while (edge.counters().skipped < 10) {
      publish('roar/final/mood', String(published++).padStart(10_000, '.'), true)
      await turn()
    }
    const slowFromMs = clock.now()
    while (edge.counters().cutSlow === 0) {
      clock.advance(1_000)
      publish('roar/final/mood', String(published++).padStart(10_000, '.'), true)
      await turn()
    }
    expect(clock.now() - slowFromMs).toBeGreaterThanOrEqual(5_000)
    expect(edge.counters().connections.events).toBe(0)
    stuck.destroy()
  })

  test('of a show with more values than may wait for a socket gets them all as it reads', async () => {
    const { url, edge, publish } = startThere({ limits: { backlogBytesMax: 16_384 } })
    for (let i = 0; i < 200; i++) publish(`roar/final/polls/p${i}`, 'x'.repeat(60_000), true)
    const events = eventsOf(await fetch(`${url}/v1/shows/final/events`))
    const heard = new Set<string>()
    while (heard.size < 1 + 200) heard.add((await events.next())!.split('\n')[0]!)
    expect(edge.counters().cutSlow).toBe(0)
    await events.cancel()
  })
})

test('of the lane an event stream is one file, and else as of the server, up to its goodbye', async () => {
  const verify = async (token: string): Promise<TokenClaims> => {
    await turn()
    if (token === 'bad') throw new RoarError('unauthorized', 'not valid')
    return { show: token }
  }
  const { url, lane, edge, publish } = start({ verify, limits: { serverFiles: 3 } })
  const saidAt = async (base: string, query: string) => {
    const response = await fetch(`${base}/v1/shows/${query}`, { headers: { 'x-request-id': 'mine' } })
    const own = ['date', 'transfer-encoding', 'connection', 'content-length', 'x-request-id']
    const headers = [...response.headers].filter(([name]) => !own.includes(name))
    if (response.status !== 200) return [query, response.status, headers, await response.text()]
    const events = eventsOf(response)
    const [first] = (await events.next())!.split(':')
    await events.cancel()
    return [query, response.status, headers, first]
  }
  const queries = ['', '?token=final', '?token=bad', '?token=other', '?segment=no', '?topics=%23', '/']
  for (const query of ['no/events', ...queries.map((query) => `final/events${query}`)])
    expect(await saidAt(lane.url, query)).toEqual(await saidAt(url, query))
  await until(() => edge.counters().connections.events === 0)
  const events = eventsOf(await fetch(`${lane.url}/v1/shows/final/events?token=final`))
  await events.next()
  expect(edge.counters()).toMatchObject({ connections: { events: 1 }, extraFiles: 0 })
  expect(lane.fastLane!.tunnelled()).toBe(0)
  publish('roar/final/mood', 'x')
  expect(await events.next()).toBe('event: mood\ndata: x')
  await edge.drain()
  expect(await events.next()).toMatch(/^retry: \d+\nevent: stopping\ndata: 0$/)
  expect(await events.next()).toBeUndefined()
})

describe('limits and the end', () => {
  test('one connection more than there may be is turned away, with the time to come again', async () => {
    const { url, edge } = start({ limits: { connectionsMax: 1 }, random: () => 0 })
    const viewer = await openViewer(fixture, 'WebSocket')
    const response = await fetch(`${url}/v1/shows/final/events`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.json()).toMatchObject({ code: 'overloaded' })
    const close = await closeOf(new WebSocket(fixture.webSocketUrl, 'mqtt'))
    expect([close.code, close.reason]).toEqual([CLOSE.tryAgainLater, 'The edge is full: retry in 1 s'])
    const [old, new5] = [await openSocket(fixture, 'TCP'), await openSocket(fixture, 'TCP')]
    old.send(encodeConnect({ clientId: 'viewer', keepAliveS: 60 }))
    new5.send([0x10, 13, 0, 4, 77, 81, 84, 84, 5, 2, 0, 60, 0, 0, 0])
    await Promise.all([old.closed, new5.closed])
    expect(packetsIn(old.heard())).toMatchObject([{ type: 'connack', returnCode: 3 }])
    const [, , , reason] = new5.heard()
    expect(reason).toBe(REASON.serverBusy)
    expect(new TextDecoder().decode(new5.heard())).toEndWith('The edge is full: retry in 1 s')
    expect(edge.counters().refused).toMatchObject({ overloaded: 4, server_busy: 2 })
    viewer.close()
    await until(() => edge.counters().connections.websocket.v4 === 0)
    ;(await openViewer(fixture, 'WebSocket')).close()
  })

  test('a viewer takes as many files as its way into the process has, and one more is turned away by that', async () => {
    const { url, edge } = start({ limits: { filesMax: 7, serverFiles: 3 } })
    const stop = new AbortController()
    const stream = () => fetch(`${url}/v1/shows/final/events`, { signal: stop.signal })
    expect((await stream()).status).toBe(200)
    const forwarded = await openViewer(fixture, 'WebSocket')
    const viewer = await openViewer(fixture, 'lane')
    const full = await stream()
    expect([full.status, await full.json()]).toMatchObject([503, { code: 'overloaded' }])
    expect(edge.limits.connectionsMax).toBeGreaterThan(3)
    stop.abort()
    forwarded.close()
    await until(() => edge.counters().extraFiles === 0)
    for (let i = 0; i < 3; i++) await openViewer(fixture, 'lane')
    for (let i = 0; i < 3; i++) await openViewer(fixture, 'TCP')
    viewer.close()
  })

  test.each(['TCP', 'lane'] as const)(
    'a socket that its peer keeps open after its end takes a file until it is closed, and with none left the next one is closed at once: %s',
    async (transport) => {
      const { edge } = start({ limits: { filesMax: 2, turnedAwayMax: 1 } })
      const kept: Socket[] = []
      for (const [overloaded, endingFiles] of [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
      ]) {
        kept.push(await openEnded(fixture, transport))
        expect(edge.counters().refused.overloaded ?? 0).toBe(overloaded!)
        expect(edge.counters().endingFiles).toBe(endingFiles!)
      }
      expect(edge.counters().tcpSockets).toBe(transport === 'TCP' ? 3 : 0)
      for (const socket of kept) socket.destroy()
      await until(() => edge.counters().endingFiles === 0)
      expect(edge.counters().tcpSockets).toBe(0)
      ;(await openViewer(fixture, transport)).close()
    },
  )

  test('standing by says goodbye on every transport and takes nobody, until it takes everybody again', async () => {
    const { url, edge, publish } = start()
    publish('roar/final/mood', 'newest', true)
    const viewers = await Promise.all(TRANSPORTS.map((transport) => openViewer(fixture, transport)))
    const events = eventsOf(await fetch(`${url}/v1/shows/final/events`))
    // The rhythm of coming back, then the value.
    for (const _ of ['retry', 'mood']) await events.next()
    edge.standBy(true)
    expect(await Promise.all(viewers.map(({ closed }) => closed))).toEqual([
      CLOSE.goingAway,
      CLOSE.goingAway,
      undefined,
    ])
    expect(await events.next()).toBeUndefined()
    for (const transport of TRANSPORTS) {
      const viewer = await openSocket(fixture, transport)
      viewer.send(encodeConnect({ clientId: 'viewer', keepAliveS: 60 }))
      await viewer.closed
      // Server unavailable: come again.
      expect(packetsIn(viewer.heard())).toMatchObject([{ type: 'connack', returnCode: 3 }])
    }
    for (const path of ['mood', 'events']) {
      const response = await fetch(`${url}/v1/shows/final/${path}`)
      expect([response.status, (await response.json()).code]).toEqual([503, 'standby'])
    }
    edge.standBy(false)
    ;(await openViewer(fixture, 'TCP', ['roar/final/mood'])).close()
    expect(await (await fetch(`${url}/v1/shows/final/mood`)).text()).toBe('newest')
  })

  test('draining says goodbye on every transport and takes nobody new', async () => {
    const { url, edge } = start()
    const viewers = await Promise.all([
      openViewer(fixture, 'WebSocket'),
      openViewer(fixture, 'TCP'),
      openSocket(fixture, 'WebSocket'),
      openSocket(fixture, 'lane'),
    ])
    const events = eventsOf(await fetch(`${url}/v1/shows/final/events`))
    await events.next()
    await edge.drain()
    expect(await Promise.all(viewers.map(({ closed }) => closed))).toEqual([
      CLOSE.goingAway,
      undefined,
      CLOSE.goingAway,
      CLOSE.goingAway,
    ])
    expect(await events.next()).toMatch(/^retry: \d+\nevent: stopping\ndata: 0$/)
    expect(await events.next()).toBeUndefined()
    const response = await fetch(`${url}/v1/shows/final/events`)
    expect(await response.json()).toMatchObject({ code: 'draining' })
    for (const address of [fixture.webSocketUrl, fixture.laneUrl])
      expect((await closeOf(new WebSocket(address, 'mqtt'))).code).toBe(CLOSE.tryAgainLater)
    expect(edge.counters().connections).toEqual({
      websocket: { connecting: 0, v4: 0, v5: 0 },
      tcp: { connecting: 0, v4: 0, v5: 0 },
      events: 0,
    })
  })
})

describe.each(TRANSPORTS)('a viewer over %s', (transport) => {
  test('of a show with more values than may wait for a socket gets them all as it reads', async () => {
    const { edge, publish } = start({ limits: { backlogBytesMax: 16_384 } })
    const [topics, payload] = [200, 'x'.repeat(60_000)]
    for (let i = 0; i < topics; i++) publish(`roar/final/polls/p${100 + i}`, payload, true)
    const viewer = await openViewer(fixture, transport, ['roar/final/#'])
    await viewer.hears(4 + 5 + topics * (payload.length + 'roar/final/polls/p100'.length + 2 + 4))
    expect(edge.counters().cutSlow).toBe(0)
    viewer.close()
  })

  test('may send a hundred packets in one frame', async () => {
    start()
    const viewer = await openViewer(fixture, transport)
    const filter = (i: number) => `roar/final/polls/a-poll-with-a-name-that-is-long-enough-${i % 60}`
    const packets = Array.from({ length: 115 }, (_, i) => encodeSubscribe(i + 1, [filter(i)]))
    viewer.send(Buffer.concat(packets))
    await viewer.hears(4 + 115 * 5)
    viewer.close()
  })
})
