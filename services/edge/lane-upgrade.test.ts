import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { CLOSE } from '../../protocol/close-codes.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { type EdgeFixture, startEdge } from './edge-fixture.ts'

let fixture: EdgeFixture
beforeAll(() => {
  fixture = startEdge()
})
afterAll(() => fixture.close())

const MASK = [7, 7, 7, 7]
const frame = (opcode: number, payload: Uint8Array | number[]): Buffer =>
  Buffer.from([
    0x80 | opcode,
    0x80 | payload.length,
    ...MASK,
    ...Uint8Array.from(payload).map((byte) => byte ^ 7),
  ])

/** A WebSocket by hand: what the server sent after its 101, and whether it has hung up. */
async function open(url = fixture.laneUrl) {
  const socket: Socket = connect({
    port: Number(new URL(url).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  let heard = Buffer.alloc(0)
  let wake = () => {}
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk as Buffer])
    wake()
  })
  const ended = new Promise<void>((resolve) => socket.once('end', () => resolve()))
  socket.on('error', () => socket.destroy())
  const fields =
    'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt'
  socket.write(
    `GET /mqtt HTTP/1.1\r\nHost: a\r\n${fields}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const until = async (found: () => boolean): Promise<void> => {
    while (!found()) await new Promise<void>((resolve) => (wake = resolve))
  }
  await until(() => heard.includes('\r\n\r\n'))
  heard = heard.subarray(heard.indexOf('\r\n\r\n') + 4)
  return {
    socket,
    ended,
    send: (...frames: Buffer[]) => socket.write(Buffer.concat(frames)),
    async hears(bytes: number[]) {
      await until(() => heard.length >= bytes.length)
      expect([...heard.subarray(0, bytes.length)]).toEqual(bytes)
      heard = heard.subarray(bytes.length)
    },
  }
}

const hello = [...encodeConnect({ clientId: 'a', keepAliveS: 60 })]
const CONNACK = [0x82, 4, 0x20, 2, 0, 0]

test('a packet may come in any frames, and each packet goes out in one', async () => {
  const viewer = await open()
  viewer.send(frame(2, hello.slice(0, 5)), frame(9, [1, 2]), frame(2, hello.slice(5)))
  await viewer.hears([...CONNACK, 0x8a, 2, 1, 2])
  viewer.send(frame(2, [...encodeSubscribe(1, ['roar/final/mood'])]))
  await viewer.hears([0x82, 5, 0x90, 3, 0, 1, 0])
  fixture.publish('roar/final/mood', 'x')
  await viewer.hears([0x82, 20, 0x30, 18, 0, 15, ...Buffer.from('roar/final/mood'), 0x78])
  viewer.socket.destroy()
})

test('a goodbye is answered with the same code, and the socket is closed', async () => {
  const viewer = await open()
  viewer.send(frame(2, hello), frame(8, [0x03, 0xe9]))
  await viewer.hears([...CONNACK, 0x88, 2, 0x03, 0xe9])
  await viewer.ended
  viewer.socket.end()
})

test('a frame that is none is closed with 1002, and its neighbour hears nothing of it', async () => {
  const [neighbour, viewer] = [await open(), await open()]
  neighbour.send(frame(2, hello))
  await neighbour.hears(CONNACK)
  viewer.send(frame(2, hello), Buffer.from([0xc2, 0x80, ...MASK]))
  await viewer.hears([...CONNACK, 0x88, 25, 0x03, 0xea])
  await viewer.ended
  viewer.socket.end()
  neighbour.send(frame(2, [0xc0, 0]))
  await neighbour.hears([0x82, 2, 0xd0, 0])
  neighbour.socket.destroy()
})

test('of pings that come together the last one is answered, and none behind a goodbye', async () => {
  const viewer = await open()
  viewer.send(frame(2, hello), frame(9, [1]), frame(9, [2]), frame(9, []), frame(9, [3]))
  await viewer.hears([...CONNACK, 0x8a, 1, 3])
  viewer.send(frame(9, [4]), frame(8, [0x03, 0xe8]), frame(9, [5]))
  await viewer.hears([0x88, 2, 0x03, 0xe8])
  await viewer.ended
  viewer.socket.end()
})

test('what comes behind a fault in the same bytes is not read, and one refusal is counted', async () => {
  const { edge, close, laneUrl } = startEdge()
  const viewer = await open(laneUrl)
  viewer.send(frame(1, [1]), Buffer.from([0xc2, 0x80, ...MASK]), frame(9, [1]))
  await viewer.ended
  expect(edge.counters().refused).toEqual({ text_frame: 1 })
  viewer.socket.destroy()
  await close()
})

test('a viewer whose half of the connection ends is gone', async () => {
  const viewer = await open()
  viewer.send(frame(2, hello))
  await viewer.hears(CONNACK)
  const { v4 } = fixture.edge.counters().connections.websocket
  viewer.socket.end()
  await viewer.ended
  while (fixture.edge.counters().connections.websocket.v4 !== v4 - 1)
    await new Promise((resolve) => setImmediate(resolve))
})

test('a token may come in the address, and a lone surrogate or a percent sign in it breaks nothing', async () => {
  const closes = ['?token=a%', '?token=%ED%A0%80', '?token=', '?'].map(
    (query) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(fixture.laneUrl + query, 'mqtt')
        socket.onopen = () => socket.close(1000)
        socket.onclose = ({ code }) => resolve(code)
      }),
  )
  for (const code of await Promise.all(closes)) expect([1000, CLOSE.goingAway]).toContain(code)
})

describe.each([
  ['the lane', 'laneUrl'],
  ["the runtime's server", 'webSocketUrl'],
] as const)('frames that hold nothing are charged by %s', (_name, url) => {
  test.each([
    ['messages', 0x2],
    ['pings', 0x9],
    ['pongs that nobody asked for', 0xa],
  ])('who sends %s by the thousand is ended for flooding', async (_what, opcode) => {
    const { edge, close, ...urls } = startEdge({ limits: { workBurstMax: 500 } })
    const viewer = await open(urls[url])
    viewer.send(frame(2, hello))
    await viewer.hears(CONNACK)
    viewer.send(Buffer.concat(Array.from({ length: 4_000 }, () => frame(opcode, []))))
    await viewer.ended
    expect(edge.counters().refused).toEqual({ work: 1 })
    viewer.socket.destroy()
    await close()
  })

  test('who sends long pings is ended after a third as many as who sends empty ones', async () => {
    const { edge, close, ...urls } = startEdge({ limits: { workBurstMax: 500, workPerSecondMax: 1 } })
    const viewer = await open(urls[url])
    viewer.send(frame(2, hello), ...Array.from({ length: 200 }, () => frame(9, new Uint8Array(125))))
    await viewer.ended
    expect(edge.counters().refused).toEqual({ work: 1 })
    viewer.socket.destroy()
    await close()
  })
})
