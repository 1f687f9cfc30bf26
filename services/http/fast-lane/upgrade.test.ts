import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import pino from 'pino'
import { RoarError } from '../../../protocol/errors.ts'
import { Wire } from '../../../test/fuzz/lane-rig.ts'
import { until } from '../../../test/until.ts'
import { jsonResponse } from '../responses.ts'
import type { Answer, SocketOwner, Streaming, UpgradeRequest } from '../routes.ts'
import { type Http, startHttp } from '../server.ts'
import { readUpgrade } from './upgrade.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const FIELDS = [
  'Host: roar.test:7766',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: mqtt',
]
const handshake = (fields: string[] = FIELDS, line = 'GET /mqtt?token=a HTTP/1.1'): string =>
  [line, ...fields, '', ''].join('\r\n')
const without = (name: string): string[] => FIELDS.filter((field) => !field.startsWith(`${name}:`))

/** A server whose route of sockets answers with what it was asked and then sends back what it reads. */
let http: Http
let asked: UpgradeRequest | undefined
let gone = 0
/** The answer to a request that waits for it. */
let later: PromiseWithResolvers<Answer> | undefined
let streamed: PromiseWithResolvers<Streaming> | undefined
let isOverLimit = false
beforeAll(() => {
  http = startHttp({
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'silent' }),
    routes: { '/mqtt': { GET: () => jsonResponse({ by: 'the server' }) } },
    prefix: '/live',
    filesMax: 6,
    admit() {
      if (isOverLimit) throw new RoarError('too_many_requests', 'too many requests from this address')
    },
    laneRoutes: [
      {
        path: '/later',
        answer() {
          later = Promise.withResolvers()
          return later.promise
        },
      },
      {
        method: 'GET',
        path: '/stream',
        answer(request) {
          streamed = Promise.withResolvers()
          expect(request.target).toBe('/live/stream?a=b')
          return streamed.promise
        },
      },
    ],
    upgrade: {
      path: '/mqtt',
      accept(request) {
        if (!request.protocols.includes('mqtt')) return undefined
        asked = request
        return {
          protocol: 'mqtt',
          open: (socket): SocketOwner => ({
            data: (chunk) => void socket.write(chunk),
            drain() {},
            ended: () => socket.end(),
            closed: () => void gone++,
          }),
        }
      },
    },
  })
})
afterAll(() => http.close())

const port = (): number => Number(new URL(http.url).port)

test('a handshake is answered as RFC 6455 says, and the socket is the route’s from the next byte on', async () => {
  const wire = await Wire.open(port())
  // The first bytes of the new protocol may come with the handshake.
  wire.send(`${handshake()}early`)
  await wire.hears('HTTP/1.1 101 Switching Protocols\r\n')
  // The example of RFC 6455 section 1.3.
  await wire.hears('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n')
  await wire.hears('early')
  // Each takes the place of one that is idle, which this one never is.
  const others = await Promise.all(Array.from({ length: 12 }, () => Wire.open(port())))
  wire.send(handshake())
  await wire.hears(handshake())
  expect(asked).toMatchObject({ query: 'token=a', protocols: ['mqtt'] })
  expect(asked!.address(true)).toBe('127.0.0.1')
  expect(http.fastLane!.tunnelled()).toBe(0)
  for (const { socket } of [wire, ...others]) socket.destroy()
  const goneBefore = gone
  while (gone === goneBefore) await new Promise((resolve) => setImmediate(resolve))
})

test('a handshake behind a request whose answer comes later is answered after it, and the socket is read again', async () => {
  const wire = await Wire.open(port())
  const fields = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 2'
  wire.send(`POST /later HTTP/1.1\r\n${fields}\r\n\r\n{}${handshake()}`)
  while (later === undefined) await new Promise((resolve) => setImmediate(resolve))
  // The lane stops reading once more comes than it can answer.
  wire.send('early')
  await new Promise((resolve) => setImmediate(resolve))
  later.resolve({ status: 202, body: '{}', headers: {} })
  await wire.hears('HTTP/1.1 202 Accepted')
  await wire.hears('HTTP/1.1 101 Switching Protocols\r\n')
  wire.send(' and late')
  await wire.hears('early and late')
  wire.socket.destroy()
})

test('below the path that a proxy leaves in place the lane has its routes and its sockets, too', async () => {
  const [wire, { answered, upgraded }] = [await Wire.open(port()), { ...http.fastLane!.counters }]
  later = undefined
  const fields = 'Host: a\r\nContent-Type: application/json\r\nContent-Length: 2'
  wire.send(`POST /live/later HTTP/1.1\r\n${fields}\r\n\r\n{}`)
  await until(() => later !== undefined)
  later!.resolve({ status: 202, body: '{}', headers: {} })
  await wire.hears('HTTP/1.1 202 Accepted')
  wire.send(handshake(FIELDS, 'GET /live/mqtt HTTP/1.1'))
  await wire.hears('HTTP/1.1 101 Switching Protocols\r\n')
  expect(http.fastLane!.counters).toMatchObject({
    answered: answered + 1,
    upgraded: upgraded + 1,
    tunnelled: 0,
  })
  wire.socket.destroy()
})

describe('a response that does not end', () => {
  const ask = async (behind = '') => {
    const wire = await Wire.open(port())
    streamed = undefined
    wire.send(`GET /live/stream?a=b HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n${behind}`)
    await until(() => streamed !== undefined)
    return wire
  }
  /** What its owner heard. */
  const taken = () => {
    const heard: string[] = []
    const streaming: Streaming = {
      headers: { 'content-type': 'text/event-stream' },
      open(socket) {
        heard.push('open')
        socket.write('first')
        return {
          data: (chunk) => void heard.push(`${chunk}`),
          drain() {},
          ended() {
            heard.push('ended')
            socket.end('last')
          },
          closed: () => void heard.push('closed'),
        }
      },
    }
    return { heard, streaming }
  }

  test.each(['', 'early'])(
    'has its head, then the socket is its owner’s, with what came behind the request and an end that came meanwhile: %p',
    async (behind) => {
      const wire = await ask(behind)
      const { heard, streaming } = taken()
      const first = streamed!
      wire.socket.end()
      // The server has read what was before it.
      const next = await ask()
      next.socket.destroy()
      first.resolve(streaming)
      await wire.hears(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nX-Request-Id: mine\r\nDate: ',
      )
      await wire.hears('\r\n\r\nfirst')
      await wire.hears('last')
      await until(() => heard.at(-1) === 'closed')
      expect(heard).toEqual(['open', ...(behind ? [behind] : []), 'ended', 'closed'])
    },
  )

  test('is refused as any other request of an address that has asked too often', async () => {
    const wire = await Wire.open(port())
    isOverLimit = true
    wire.send('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.hears('HTTP/1.1 429')
    isOverLimit = false
    wire.socket.destroy()
  })

  test('is not begun for a peer that has gone meanwhile', async () => {
    const wire = await ask()
    const { heard, streaming } = taken()
    const first = streamed!
    wire.socket.resetAndDestroy()
    // The server has read what was before it.
    const next = await ask()
    first.resolve(streaming)
    await first.promise
    await new Promise((resolve) => setImmediate(resolve))
    next.socket.destroy()
    expect(heard).toEqual([])
  })
})

test('a handshake that the route leaves, and one in doubt, reach the server', async () => {
  for (const fields of [without('Sec-WebSocket-Protocol'), without('Sec-WebSocket-Version')]) {
    const wire = await Wire.open(port())
    wire.send(handshake(fields))
    await wire.hears('{"by":"the server"}')
    wire.socket.destroy()
  }
})

test('after other requests on its connection a handshake reaches the server', async () => {
  const wire = await Wire.open(port())
  wire.send('GET /mqtt HTTP/1.1\r\nHost: a\r\n\r\n')
  await wire.hears('{"by":"the server"}')
  wire.send(handshake())
  await wire.hears('{"by":"the server"}')
  wire.socket.destroy()
})

describe('what is in doubt is left to the server', () => {
  const doubtful: [string, string][] = [
    ['another method', handshake(FIELDS, 'POST /mqtt HTTP/1.1')],
    ['HTTP/1.0', handshake(FIELDS, 'GET /mqtt HTTP/1.0')],
    ['an absolute target', handshake(FIELDS, 'GET http://roar.test/mqtt HTTP/1.1')],
    ['a body', handshake([...FIELDS, 'Content-Length: 0'])],
    ['chunks', handshake([...FIELDS, 'Transfer-Encoding: chunked'])],
    ['conditions', handshake([...FIELDS, 'Expect: 100-continue'])],
    ['the parts of a body that it takes', handshake([...FIELDS, 'TE: trailers'])],
    ['the names of those', handshake([...FIELDS, 'Trailer: Expires'])],
    ['two hosts', handshake([...FIELDS, 'Host: other'])],
    ['two keys', handshake([...FIELDS, `Sec-WebSocket-Key: ${KEY}`])],
    ['a folded line', handshake([...FIELDS, ' folded'])],
    ['a space before a colon', handshake([...FIELDS, 'Origin : a'])],
    ['a key of another length', handshake([...without('Sec-WebSocket-Key'), 'Sec-WebSocket-Key: dGhl'])],
    ['another version', handshake([...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version: 8'])],
    ['another protocol', handshake([...without('Upgrade'), 'Upgrade: h2c'])],
    ['two protocols', handshake([...without('Upgrade'), 'Upgrade: websocket, h2c'])],
    ['no word of it in Connection', handshake([...without('Connection'), 'Connection: keep-alive'])],
  ]
  for (const [name, text] of doubtful) test(name, () => expect(readUpgrade(text, 0)).toBeUndefined())
})

test('names have no case, and lists may be long', () => {
  const fields = FIELDS.map((field) => field.replace(/^[^:]+/, (name) => name.toUpperCase()))
  const text = handshake([
    ...fields.filter((field) => !field.startsWith('CONNECTION')),
    'connection: keep-alive, UPGRADE',
    'sec-websocket-protocol: other,, v2',
    'X-Forwarded-For: 192.0.2.1',
    'x-forwarded-for: 192.0.2.2',
  ])
  expect(readUpgrade(`ab${text}c`, 2)).toEqual({
    length: text.length,
    target: '/mqtt?token=a',
    key: KEY,
    protocols: ['mqtt', 'other', 'v2'],
    host: 'roar.test:7766',
    origin: undefined,
    authorization: undefined,
    forwardedFor: '192.0.2.1, 192.0.2.2',
    forwarded: undefined,
  })
})

test('fields are read from the first to the last, those of a proxy too, and none behind the head', () => {
  const fields = ['Forwarded: for=192.0.2.1', ...FIELDS, 'Origin: https://roar.test']
  const read = readUpgrade(`${handshake(fields)}\r\nOrigin: https://other.test\r\nTE: trailers\r\n\r\n`, 0)
  expect(read).toMatchObject({
    forwarded: 'for=192.0.2.1',
    origin: 'https://roar.test',
    host: 'roar.test:7766',
  })
})

test('no text makes the reader throw', () => {
  const parts = fc.constantFrom(...FIELDS, '', ' ', ':', 'a:b', '\r', '\n', 'GET /mqtt HTTP/1.1', '\0')
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 14 }), fc.boolean(), (lines, begins) => {
      const text = `${begins ? 'GET /mqtt HTTP/1.1\r\n' : ''}${lines.join('\r\n')}\r\n\r\n`
      const head = readUpgrade(text, 0)
      if (head !== undefined) expect(text.slice(0, head.length).endsWith('\r\n\r\n')).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
