import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { CLOSE } from '../../protocol/close-codes.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import {
  type EdgeFixture,
  openSocket,
  openViewer,
  packetsIn,
  type RawSocket,
  startEdge,
  TRANSPORTS,
} from './edge-fixture.ts'

const connect = encodeConnect({ clientId: 'bad', keepAliveS: 60 })
const connack = [0x20, 2, 0, 0]

interface BadInput {
  name: string
  send: (socket: RawSocket) => void
  /** The WebSocket close code; undefined where the connection goes on. */
  code: number | undefined
  /** All that is heard. */
  heard: number[]
}

/** Sends a long run of bytes in pieces: a WebSocket message may be no longer than a packet. */
const sendInPieces = (socket: RawSocket, bytes: number[]): void => {
  for (let at = 0; at < bytes.length; at += 8_000) socket.send(bytes.slice(at, at + 8_000))
}

/** Ten thousand filters, one SUBSCRIBE each. */
const subscriptions = (): number[] =>
  Array.from({ length: 10_000 }, (_, i) => [...encodeSubscribe(1, [`roar/final/t${i}`])]).flat()

const cases: BadInput[] = [
  {
    name: 'a remaining length of 256 MB',
    send: (s) => s.send([0x10, 0xff, 0xff, 0xff, 0x7f]),
    code: CLOSE.tooLarge,
    heard: [],
  },
  {
    name: 'a remaining length of 256 MB after CONNECT',
    send: (s) => s.send([...connect, 0x82, 0xff, 0xff, 0xff, 0x7f]),
    code: CLOSE.tooLarge,
    heard: connack,
  },
  {
    name: 'a remaining length that never ends',
    send: (s) => s.send([0x10, 0xff, 0xff, 0xff, 0xff]),
    code: CLOSE.protocolError,
    heard: [],
  },
  {
    name: 'a second CONNECT',
    send: (s) => s.send([...connect, ...connect]),
    code: CLOSE.protocolError,
    heard: connack,
  },
  {
    name: 'protocol level 3',
    send: (s) => s.send(connect.with(8, 3)),
    code: CLOSE.protocolError,
    heard: [0x20, 2, 0, 1],
  },
  {
    name: 'protocol level 9',
    send: (s) => s.send(connect.with(8, 9)),
    code: CLOSE.protocolError,
    heard: [0x20, 3, 0, 0x84, 0],
  },
  {
    name: 'another protocol',
    send: (s) => s.send('GET / HTTP/1.1\r\n\r\n'.split('').map((c) => c.charCodeAt(0))),
    code: CLOSE.protocolError,
    heard: [],
  },
  {
    name: 'SUBSCRIBE before CONNECT',
    send: (s) => s.send(encodeSubscribe(1, ['roar/final/mood'])),
    code: CLOSE.protocolError,
    heard: [],
  },
  {
    name: 'a filter a mile long',
    send: (s) => sendInPieces(s, [...connect, ...encodeSubscribe(1, [`roar/final/${'x'.repeat(60_000)}`])]),
    code: CLOSE.tooLarge,
    heard: connack,
  },
  {
    name: 'a filter over the limit',
    send: (s) => s.send([...connect, ...encodeSubscribe(1, [`roar/final/${'x'.repeat(200)}`])]),
    code: undefined,
    heard: [...connack, 0x90, 3, 0, 1, 0x80],
  },
  {
    name: 'a malformed filter',
    send: (s) => s.send([...connect, ...encodeSubscribe(1, ['roar/final/#/x'])]),
    code: CLOSE.protocolError,
    heard: connack,
  },
  {
    name: 'a PUBLISH',
    send: (s) => s.send([...connect, 0x30, 5, 0, 1, 97, 1, 2]),
    code: CLOSE.protocolError,
    heard: connack,
  },
  {
    name: 'a packet type that does not exist',
    send: (s) => s.send([...connect, 0x00, 0]),
    code: CLOSE.protocolError,
    heard: connack,
  },
]

describe.each(TRANSPORTS)('over %s', (transport) => {
  let fixture: EdgeFixture
  let neighbour: RawSocket
  let published = 0
  const publish = () => fixture.publish('roar/final/mood', `packet ${published++}`)

  beforeAll(async () => {
    fixture = startEdge()
    neighbour = await openViewer(fixture, transport, ['roar/final/mood'])
  })

  /** The neighbour's promise: it heard every packet there was, in order, whatever the others did. */
  afterAll(async () => {
    const wanted = Array.from({ length: published }, (_, i) => `packet ${i}`)
    const bytes =
      9 + wanted.reduce((sum, payload) => sum + 2 + 2 + 'roar/final/mood'.length + payload.length, 0)
    await neighbour.hears(bytes)
    const heard = packetsIn(neighbour.heard()).flatMap((packet) =>
      packet.type === 'publish' ? [new TextDecoder().decode(packet.payload)] : [],
    )
    expect(heard).toEqual(wanted)
    neighbour.close()
    await fixture.close()
  })

  for (const { name, send, code, heard } of cases) {
    const ending = code === undefined ? 'a clear refusal' : 'a clean close'
    test(`${name}: ${ending}`, async () => {
      const socket = await openSocket(fixture, transport)
      publish()
      send(socket)
      if (code === undefined) await socket.hears(heard.length)
      else expect(await socket.closed).toBe(transport === 'TCP' ? undefined : code)
      expect([...socket.heard()]).toEqual(heard)
      publish()
      socket.close()
    })
  }

  test('half a packet, then the end: nothing stays', async () => {
    const socket = await openViewer(fixture, transport)
    const { connections } = fixture.edge.counters()
    const before = { ...connections[transport === 'TCP' ? 'tcp' : 'websocket'] }
    socket.send(encodeSubscribe(1, ['roar/final/mood']).slice(0, 7))
    publish()
    socket.close()
    await socket.closed
    const kind = transport === 'TCP' ? 'tcp' : 'websocket'
    while (connections[kind].v4 === before.v4) await new Promise<void>((resume) => setImmediate(resume))
    expect(connections[kind]).toEqual({ ...before, v4: before.v4 - 1 })
  })

  test('ten thousand subscriptions at once: a clean close for flooding', async () => {
    const socket = await openSocket(fixture, transport)
    socket.send(connect)
    sendInPieces(socket, subscriptions())
    expect(await socket.closed).toBe(transport === 'TCP' ? undefined : CLOSE.flooding)
    publish()
  })

  test('random bytes, a hundred times: the socket closes or waits for more, and nothing else happens', async () => {
    const random = Array.from({ length: 100 }, () => crypto.getRandomValues(new Uint8Array(64)))
    for (const bytes of random) {
      const socket = await openSocket(fixture, transport)
      // Never CONNECT by chance: its first byte is another.
      socket.send(bytes.with(0, bytes[0]! === 0x10 ? 0x20 : bytes[0]!))
      publish()
      socket.close()
      await socket.closed
    }
  })
})

describe.each(['WebSocket', 'lane'] as const)('what only a WebSocket can get wrong: %s', (transport) => {
  let fixture: EdgeFixture
  beforeAll(() => {
    fixture = startEdge()
  })
  afterAll(() => fixture.close())
  const urlOf = ({ laneUrl, webSocketUrl }: EdgeFixture) =>
    (transport === 'lane' ? laneUrl : webSocketUrl).replace('ws:', 'http:')

  test('a text frame is closed with 1003', async () => {
    const socket = await openViewer(fixture, transport)
    socket.send('hello')
    expect(await socket.closed).toBe(CLOSE.unsupportedData)
  })

  test('a message longer than any packet is cut by its length', async () => {
    const socket = await openViewer(fixture, transport)
    socket.send(new Uint8Array(100_000))
    // The runtime cuts it off before our code sees a byte: 1009 where the frame is answered, 1006 where it is not. The lane
    // reads a frame as it comes, and what is in this one is no packet.
    expect([CLOSE.tooLarge, 1006, CLOSE.protocolError]).toContain((await socket.closed)!)
  })

  test.each([
    ['none', undefined],
    ['another one', 'graphql-ws'],
    ["MQTT 3.1's", 'mqttv3.1'],
  ])('a subprotocol of %s is refused with a problem', async (_name, subprotocol) => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': btoa('0123456789abcdef'),
    }
    const offered = subprotocol === undefined ? undefined : { 'sec-websocket-protocol': subprotocol }
    const response = await fetch(urlOf(fixture), { headers: { ...upgrade, ...offered } })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('subprotocol mqtt'),
    })
  })

  test('a plain request is refused with a problem', async () => {
    const response = await fetch(urlOf(fixture), { headers: { 'sec-websocket-protocol': 'mqtt' } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'bad_request' })
  })
})
