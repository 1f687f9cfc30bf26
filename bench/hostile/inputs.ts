import mqttPacket, { type ISubscription } from 'mqtt-packet'
import {
  encodeConnect,
  encodePingreq,
  encodeSubscribe,
  encodeUnsubscribe,
} from '../../protocol/mqtt/encode-client.ts'
import { OPCODE } from '../../protocol/websocket/opcodes.ts'

/**
 * A `roar up` for inputs of one kind: `plain` without TLS, and PROXY headers from one address; `mqtts` and `https` with TLS on that
 * port.
 */
export type ServerKind = 'plain' | 'mqtts' | 'https'

/** What one hostile client does: connects, sends, sends again, and comes back when it is cut. */
export interface HostileInput {
  server: ServerKind
  /** `proxy`: the MQTT port, from a load balancer's address. */
  port: 'http' | 'mqtt' | 'proxy'
  connections: number
  /** Sent at once. */
  hello: Uint8Array
  /** Sent every `everyMs` after that. */
  again?: { bytes: (nth: number) => Uint8Array; everyMs: number }
  /** Hangs up after this long, and comes back. Default: never. */
  holdMs?: number
  /** Reads nothing. Default false. */
  deaf?: boolean
}

export interface Attack {
  name: string
  ports: { http: number; mqtt: number }
  /** In base64. */
  clientHello: string
}

/** Nobody does anything, in the same way: what differs beside this one is noise. */
export const NOBODY = 'nobody'

/** How often its clients came and were cut by the server, and the bytes that they sent. */
export interface Attacked {
  came: number
  cut: number
  bytes: number
}

/** Addresses of this machine: a hostile client's, and a load balancer's. The crowd has another one. */
export const HOSTILE_ADDRESS = '127.0.0.9'
export const PROXY_ADDRESS = '127.0.0.10'
/** A stranger's address, by the header of a proxy. Loopback would be limited like a crowd behind one address. */
const STRANGER = '203.0.113.7'

const utf8 = new TextEncoder()
const NOTHING = new Uint8Array()
const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
const times = (count: number, bytes: Uint8Array): Uint8Array => join(...Array<Uint8Array>(count).fill(bytes))

/** A client's frame with a mask of zeros. RFC 6455 section 5.2. */
function frame(opcode: number, payload: Uint8Array = NOTHING, { isFinal = true } = {}): Uint8Array {
  const { length } = payload
  const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff]
  return join(Uint8Array.of((isFinal ? 0x80 : 0) | opcode, ...size, 0, 0, 0, 0), payload)
}

const request = (line: string, fields: string[] = [], body = ''): Uint8Array =>
  utf8.encode([`${line} HTTP/1.1`, 'Host: roar', ...fields, '', body].join('\r\n'))
const get = (path: string): Uint8Array => request(`GET ${path}`, [`X-Forwarded-For: ${STRANGER}`])
const post = (path: string, body: string, ...fields: string[]): Uint8Array =>
  request(`POST ${path}`, [`X-Forwarded-For: ${STRANGER}`, `Content-Length: ${body.length}`, ...fields], body)
const handshake = (...fields: string[]): Uint8Array =>
  request('GET /mqtt', [
    ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: mqtt'],
    `X-Forwarded-For: ${STRANGER}`,
    ...fields,
  ])

const CONNECT = encodeConnect({ clientId: 'hostile', keepAliveS: 0 })
const PINGREQ = encodePingreq()
const five = (packet: object): Uint8Array =>
  mqttPacket.generate(packet as mqttPacket.Packet, { protocolVersion: 5 })
const connect5 = (properties: object): Uint8Array =>
  five({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'hostile',
    clean: true,
    keepalive: 0,
    properties,
  })
const subscribe5 = (subscriptions: Partial<ISubscription>[]): Uint8Array =>
  five({ cmd: 'subscribe', messageId: 1, subscriptions: subscriptions.map((each) => ({ qos: 0, ...each })) })

const ALL = 'roar/final/#'
const PACKETS = join(
  PINGREQ,
  encodeSubscribe(1, ['roar/final/mood']),
  encodeSubscribe(2, [ALL]),
  encodeUnsubscribe(3, [ALL]),
)

/** The same numbers for the same run: an LCG with the constants of Numerical Recipes. */
function noise(nth: number, length: number): Uint8Array {
  let state = nth + 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state >>> 24
  })
}

const mqtt = (hello: Uint8Array, more: Partial<HostileInput> = {}): HostileInput => ({
  server: 'plain',
  port: 'mqtt',
  connections: 20,
  hello,
  ...more,
})
const http = (more: Partial<HostileInput>): HostileInput => mqtt(NOTHING, { port: 'http', ...more })
/** In WebSocket frames. */
const framed = (frames: Uint8Array[], more: Partial<HostileInput> = {}): HostileInput =>
  http({ hello: join(handshake(), ...frames), ...more })
const opened = [frame(OPCODE.binary, CONNECT)]
const again = (bytes: Uint8Array, everyMs: number) => ({ again: { bytes: () => bytes, everyMs } })

const emptyContinuations = times(1_000, frame(OPCODE.continuation, NOTHING, { isFinal: false }))
const begunMessage = frame(OPCODE.binary, CONNECT, { isFinal: false })
const PROXY_SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const proxyHeader = (length: number, body: Uint8Array): Uint8Array =>
  join(PROXY_SIGNATURE, Uint8Array.of(0x21, 0x11, length >> 8, length & 0xff), body)
const proxied = Uint8Array.of(203, 0, 113, 7, 127, 0, 0, 1, 0xc0, 0, 7, 91)

/** @param hello A ClientHello that a server answers with its certificate and a signature. */
const overTls = (hello: Uint8Array): Record<string, HostileInput> =>
  Object.fromEntries(
    (['mqtts', 'https'] as const).flatMap((server) => {
      const port = server === 'mqtts' ? 'mqtt' : 'http'
      const tls = (bytes: Uint8Array, more: Partial<HostileInput> = {}) =>
        mqtt(bytes, { server, port, ...more })
      return [
        [`${server}: half of a ClientHello, then nothing`, tls(hello.subarray(0, 100), { connections: 500 })],
        [`${server}: a ClientHello, and gone once it is answered`, tls(hello, { holdMs: 50 })],
        [
          `${server}: a ClientHello with a byte changed`,
          tls(hello.with(hello.length >> 1, hello[hello.length >> 1]! ^ 0xff)),
        ],
        [
          `${server}: a ClientHello, then noise`,
          tls(hello, { again: { bytes: (nth) => noise(nth, 64), everyMs: 10 } }),
        ],
        [`${server}: no TLS`, tls(join(get('/'), CONNECT))],
      ]
    }),
  )

/** @param hello As in `overTls`. */
export const hostileInputs = (hello: Uint8Array): Record<string, HostileInput> => ({
  [NOBODY]: mqtt(NOTHING, { connections: 0 }),
  'one wildcard named 584 times in each SUBSCRIBE': framed(opened, {
    connections: 6,
    ...again(frame(OPCODE.binary, encodeSubscribe(1, Array<string>(584).fill(ALL))), 100),
  }),
  'all values asked for again and again, and never read': mqtt(CONNECT, {
    deaf: true,
    ...again(encodeSubscribe(1, [ALL]), 20),
  }),
  'a packet after CONNECT that does not fit the maximum': mqtt(
    join(connect5({ maximumPacketSize: 40 }), Uint8Array.of(0xc1, 0)),
  ),
  'forty filters, and an answer that does not fit': mqtt(
    join(
      connect5({ maximumPacketSize: 26 }),
      subscribe5(Array.from({ length: 40 }, (_, i) => ({ topic: `roar/final/polls/p${i}` }))),
    ),
  ),
  'a session that DISCONNECT wants to keep': mqtt(
    join(
      connect5({ sessionExpiryInterval: 0 }),
      five({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 100 } }),
    ),
  ),
  'a shared subscription with No Local': mqtt(
    join(connect5({}), subscribe5([{ topic: '$share/g/roar/final/mood', nl: true }])),
  ),
  'a bridge, level 0x84': mqtt(CONNECT.with(8, 0x84)),
  'MQTT 3.1': mqtt(
    Uint8Array.of(0x10, 17, 0, 6, ...utf8.encode('MQIsdp'), 3, 2, 0, 0, 0, 3, ...utf8.encode('bad')),
  ),
  'a will': mqtt(
    mqttPacket.generate({
      cmd: 'connect',
      clientId: 'hostile',
      will: { topic: 'roar/final/mood', payload: Buffer.from('x'), qos: 1, retain: true },
    }),
  ),
  'wrong tokens': mqtt(encodeConnect({ clientId: 'hostile', keepAliveS: 0, password: 'a.wrong.token' })),
  'frames of 115 small packets': framed(opened, {
    ...again(frame(OPCODE.binary, times(29, PACKETS)), 10),
  }),
  'two thousand connections that say nothing': mqtt(NOTHING, { connections: 2_000 }),
  'connections that are opened and closed': mqtt(NOTHING, { holdMs: 1 }),
  'CONNECT and DISCONNECT, over and over': mqtt(join(CONNECT, Uint8Array.of(0xe0, 0))),
  'CONNECT by one byte at a time': mqtt(CONNECT.subarray(0, 1), {
    connections: 500,
    again: { bytes: (nth) => CONNECT.subarray(1 + (nth % 10), 2 + (nth % 10)), everyMs: 500 },
  }),
  'a request by one byte at a time': http({
    hello: utf8.encode('GET / HTTP/1.1\r\nX: '),
    connections: 500,
    ...again(utf8.encode('x'), 500),
  }),
  PINGREQ: mqtt(CONNECT, again(times(100, PINGREQ), 10)),
  'PUBLISH by a viewer': mqtt(
    join(
      CONNECT,
      mqttPacket.generate({
        cmd: 'publish',
        topic: 'roar/final/mood',
        payload: 'x',
        qos: 0,
        dup: false,
        retain: true,
      }),
    ),
  ),
  'PUBLISH with a topic alias': mqtt(
    join(connect5({ receiveMaximum: 1, topicAliasMaximum: 9 }), Uint8Array.of(0x30, 6, 0, 0, 3, 0x23, 0, 1)),
  ),
  'Receive Maximum 0': mqtt(
    Uint8Array.of(0x10, 17, 0, 4, ...utf8.encode('MQTT'), 5, 2, 0, 0, 3, 0x21, 0, 0, 0, 1, 0x68),
  ),
  'other wildcards each time, taken back each time': mqtt(CONNECT, {
    again: {
      bytes: (nth) =>
        join(encodeSubscribe(1, [`roar/final/+/x${nth}`]), encodeUnsubscribe(2, [`roar/final/+/x${nth}`])),
      everyMs: 5,
    },
  }),
  'ten thousand filters': mqtt(CONNECT, {
    again: {
      bytes: (nth) =>
        join(...Array.from({ length: 100 }, (_, i) => encodeSubscribe(1, [`roar/final/t${nth}-${i}`]))),
      everyMs: 50,
    },
  }),
  'a length of 256 MB': mqtt(join(CONNECT, Uint8Array.of(0x82, 0xff, 0xff, 0xff, 0x7f))),
  noise: mqtt(NOTHING, { again: { bytes: (nth) => noise(nth, 256), everyMs: 5 } }),
  'noise after CONNECT': mqtt(CONNECT, { again: { bytes: (nth) => noise(nth, 256), everyMs: 5 } }),
  'empty frames': framed(opened, again(times(1_000, frame(OPCODE.binary)), 10)),
  'empty continuation frames': framed([begunMessage], again(emptyContinuations, 10)),
  'empty continuation frames past the lane': http({
    hello: join(handshake('Content-Length: 0'), begunMessage),
    ...again(emptyContinuations, 10),
  }),
  'pings of 125 bytes, and no answer read': framed(opened, {
    deaf: true,
    ...again(times(100, frame(OPCODE.ping, new Uint8Array(125))), 10),
  }),
  'frames of text': framed([frame(OPCODE.text, CONNECT)]),
  'frames without a mask': framed([Uint8Array.of(0x82, CONNECT.length), CONNECT]),
  'a frame of 4 EB': framed([
    ...opened,
    Uint8Array.of(0x82, 0xff, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  ]),
  '/openapi.json': http(again(get('/openapi.json'), 20)),
  '/metrics': http(again(get('/metrics'), 20)),
  'the show, ten requests at once, and no answer read': http({
    deaf: true,
    ...again(times(10, get('/v1/shows/final')), 20),
  }),
  'streams of events, and none read': http({
    hello: get('/v1/shows/final/events'),
    connections: 500,
    deaf: true,
  }),
  'bodies of 4 KiB that are no JSON': http(again(post('/v1/shows/final/reactions', 'x'.repeat(4_000)), 10)),
  'bodies in chunks of one byte': http(
    again(
      join(
        request('POST /v1/shows/final/reactions', [
          `X-Forwarded-For: ${STRANGER}`,
          'Transfer-Encoding: chunked',
        ]),
        times(1_000, utf8.encode('1\r\nx\r\n')),
        utf8.encode('0\r\n\r\n'),
      ),
      20,
    ),
  ),
  'votes with a wrong token': http(
    again(
      post('/v1/shows/final/polls/none/votes', '{"choice":"anna"}', 'Authorization: Bearer a.wrong.token'),
      5,
    ),
  ),
  'HTTP/2': http({ hello: utf8.encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') }),
  'a PROXY header that names 64 KiB': mqtt(proxyHeader(0xffff, proxied), { port: 'proxy' }),
  'a PROXY header by one byte at a time': mqtt(PROXY_SIGNATURE, {
    port: 'proxy',
    connections: 500,
    ...again(Uint8Array.of(0x21), 5_000),
  }),
  'a PROXY header of 4 KiB before each CONNECT': mqtt(
    join(proxyHeader(4_096, join(proxied, new Uint8Array(4_084))), CONNECT, Uint8Array.of(0xe0, 0)),
    { port: 'proxy' },
  ),
  'CONNECT without the PROXY header': mqtt(CONNECT, { port: 'proxy' }),
  ...overTls(hello),
})
