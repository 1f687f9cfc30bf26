import { expect, spyOn, test } from 'bun:test'
import type { Socket } from 'bun'
import mqttPacket from 'mqtt-packet'
import { SmallMap } from '../../engine/small-map.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import { until } from '../../test/until.ts'
import { zeroCounters } from './counters.ts'
import { openViewer, packetsIn, startEdge } from './edge-fixture.ts'
import { EventStream } from './event-stream.ts'
import { FramedTransport } from './framed-transport.ts'
import { stopping } from './goodbye.ts'
import { laneUpgrade } from './lane-upgrade.ts'
import { LoopFanOut } from './loop-fan-out.ts'
import { Outflow } from './outflow.ts'
import { DIRECT, directTo, systemSocket } from './send-now.ts'
import { StreamTransport } from './stream-transport.ts'
import type { Broadcast } from './transport.ts'

test('who sends on and on after a goodbye is cut at once, and what was on its way is passed over', () => {
  let terminated = 0
  const socket = {
    remoteAddress: '192.0.2.1',
    getTLSVersion: () => null,
    timeout() {},
    shutdown() {},
    terminate: () => terminated++,
  }
  const transport = new StreamTransport(socket as unknown as Socket<never>, { backlogBytesMax: 1 })
  transport.close(1000, '')
  transport.ignored(1024 * 1024)
  expect(terminated).toBe(0)
  transport.ignored(1)
  expect(terminated).toBe(1)
})

/** A fan-out that has one listener, at that socket. */
function fanOutTo(transport: StreamTransport) {
  const fanOut = new LoopFanOut({ counters: zeroCounters(), yieldThen: setImmediate })
  const deliver = ({ bytes }: Broadcast, taken: number) => transport.send(bytes, taken)
  fanOut.subscribe('a', { seats: new SmallMap(), fd: transport.fd, deliver })
  return (bytes: Uint8Array<ArrayBuffer>) => fanOut.publish({ channel: 'a', bytes, retained: undefined })
}

test.each(['a packet of its own', 'a broadcast'])(
  'what the kernel takes of %s at once, in part or later arrives whole and in order',
  async (what) => {
    const pieces = Array.from({ length: 96 }, (_, i) => new Uint8Array(100_000).fill(i))
    const opened = Promise.withResolvers<void>()
    let transport: StreamTransport
    // Of all but these some wait in the end; with each of these the kernel has room again, and something waits.
    const later = pieces.slice(64)
    let send: (bytes: Uint8Array<ArrayBuffer>) => unknown = () => {}
    const listener = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open(socket) {
          transport = new StreamTransport(socket as Socket<never>, { backlogBytesMax: 96 * 100_000 })
          send = what === 'a broadcast' ? fanOutTo(transport) : (piece) => transport.send(piece)
          for (const piece of pieces.slice(0, 64)) send(piece)
          opened.resolve()
        },
        data() {},
        drain: () => transport.drain(),
      },
    })
    const heard: Buffer[] = []
    let left = 96 * 100_000
    const whole = Promise.withResolvers<void>()
    const client = await Bun.connect({
      hostname: '127.0.0.1',
      port: listener.port,
      socket: {
        data(_, chunk) {
          heard.push(Buffer.from(chunk))
          const piece = later.shift()
          if (piece) send(piece)
          left -= chunk.length
          if (left <= 0) whole.resolve()
        },
      },
    })
    await Promise.all([opened.promise, whole.promise])
    expect(Buffer.concat(heard).equals(Buffer.concat(pieces))).toBe(true)
    if (process.platform === 'linux') expect(directTo[transport!.fd]).toBe(DIRECT.plain)
    client.terminate()
    listener.stop(true)
  },
)

/** A socket that takes at most this many bytes of each write, and what it took. */
function writtenTo(bytesMax = Number.POSITIVE_INFINITY) {
  const writes: Buffer[] = []
  const socket = {
    remoteAddress: '192.0.2.1',
    // Over TLS every write is the runtime's.
    getTLSVersion: () => 'TLSv1.3',
    timeout() {},
    shutdown: () => void writes.push(Buffer.from('shut down')),
    write(bytes: Uint8Array) {
      writes.push(Buffer.from(bytes.subarray(0, bytesMax)))
      return Math.min(bytes.length, bytesMax)
    },
  }
  const given = socket as unknown as Socket<never>
  const transport = new StreamTransport(given, { backlogBytesMax: 1 << 20 })
  return { socket: given, transport, writes, texts: () => writes.map(String) }
}

test('what a corked socket sends goes out in one piece and in order, and what is too long for that in its turn', () => {
  const { transport, texts } = writtenTo()
  const long = 'x'.repeat(5_000)
  transport.cork(() => {
    for (const text of ['a', 'b']) transport.send(Buffer.from(text))
    // A socket may be corked already.
    transport.cork(() => transport.send(Buffer.from('c')))
    expect(texts()).toEqual([])
    transport.send(Buffer.from(long))
    expect(texts()).toEqual(['abc', long])
    transport.send(Buffer.from('d'))
  })
  transport.send(Buffer.from('e'))
  expect(texts()).toEqual(['abc', long, 'd', 'e'])
})

test('what a corked socket sends before it is closed, or before something goes wrong, goes out', () => {
  const { transport, texts } = writtenTo()
  expect(() =>
    transport.cork(() => {
      transport.send(Buffer.from('a'))
      throw new Error('wrong')
    }),
  ).toThrow('wrong')
  transport.cork(() => {
    transport.send(Buffer.from('b'))
    transport.close(1000, '')
  })
  expect(texts()).toEqual(['a', 'b', 'shut down'])
})

test('a write that throws leaves no socket corked', () => {
  const [broken, other] = [writtenTo(), writtenTo()]
  spyOn(broken.socket, 'write').mockImplementationOnce(() => {
    throw new Error('detached')
  })
  expect(() => broken.transport.cork(() => broken.transport.send(Buffer.from('a')))).toThrow('detached')
  other.transport.cork(() => {
    for (const text of ['b', 'c']) other.transport.send(Buffer.from(text))
  })
  broken.transport.send(Buffer.from('d'))
  expect([other.texts(), broken.texts()]).toEqual([['bc'], ['d']])
})

test('one socket that is corked holds up no other, and has its own bytes alone', () => {
  const [one, other] = [writtenTo(), writtenTo()]
  one.transport.cork(() => {
    one.transport.send(Buffer.from('a'))
    other.transport.cork(() => other.transport.send(Buffer.from('b')))
    expect(other.texts()).toEqual(['b'])
  })
  other.transport.cork(() => other.transport.send(Buffer.from('c')))
  expect([one.texts(), other.texts()]).toEqual([['a'], ['b', 'c']])
})

test('what the kernel has no room for of a corked piece waits, whoever is corked next', () => {
  const { transport, writes, texts } = writtenTo(2)
  transport.cork(() => {
    for (const text of ['abc', 'def']) transport.send(Buffer.from(text))
  })
  const other = writtenTo()
  other.transport.cork(() => other.transport.send(Buffer.from('xyzxyz')))
  expect(transport.backlogBytes()).toBe(4)
  while (transport.backlogBytes() > 0) transport.drain()
  expect(texts().join('')).toBe('abcdef')
  expect(writes[0]!.toString()).toBe('ab')
})

test.each(['at once', 'once its token is verified'])(
  'who connects and subscribes has the answers and the value in one piece, %s',
  async (when) => {
    const { hub, publish } = hubRig(when === 'at once' ? {} : { verify: async () => ({}) })
    publish('roar/final/mood', 'kept', true)
    const { transport, writes } = writtenTo()
    const connection = hub.connect(transport)!
    const connect = encodeConnect({ clientId: 'a', keepAliveS: 60, password: 'token' })
    connection.receive(Buffer.concat([connect, encodeSubscribe(1, ['roar/final/mood'])]))
    await until(() => writes.length > 0)
    expect(writes).toHaveLength(1)
    expect(packetsIn(writes[0]!).map(({ type }) => type)).toEqual(['connack', 'suback', 'publish'])
  },
)

test('who sends several frames at once to a lane has all answers in one piece', () => {
  const { hub, publish } = hubRig()
  publish('roar/final/mood', 'kept', true)
  const { socket, writes } = writtenTo()
  Object.assign(socket, { setNoDelay() {}, setKeepAlive() {} })
  const asked = { protocols: ['mqtt'], query: '', authorization: undefined, address: () => '192.0.2.1' }
  const viewer = laneUpgrade(hub, { trustProxy: false }).accept(asked)!.open(socket)
  // With a mask of zeros.
  const frame = (opcode: number, payload: Uint8Array) =>
    Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0, ...payload])
  const connect = encodeConnect({ clientId: 'a', keepAliveS: 60 })
  const subscribe = encodeSubscribe(1, ['roar/final/mood'])
  viewer.data(Buffer.concat([frame(2, connect), frame(9, Buffer.of()), frame(2, subscribe)]))
  const opcodes = []
  for (let at = 0; at < writes[0]!.length; at += 2 + writes[0]![at + 1]!) opcodes.push(writes[0]![at])
  // CONNACK, SUBACK, PUBLISH, and the pong.
  expect(opcodes).toEqual([0x82, 0x82, 0x82, 0x8a])
  expect(writes).toHaveLength(1)
})

test('who is sent away over a WebSocket has the packet that says why and the close in one piece', () => {
  const { hub } = hubRig()
  const { socket, writes } = writtenTo()
  const { limits } = hub.context
  const transport = new FramedTransport(socket, { ...limits, address: '192.0.2.1', token: undefined })
  const connection = hub.connect(transport)!
  const connect = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'a',
    clean: true,
  } as const
  connection.receive(mqttPacket.generate(connect, { protocolVersion: 5 }))
  writes.splice(0)
  connection.end(stopping(0))
  const [last, end] = writes
  // A frame each: DISCONNECT, and the close.
  expect([last![0], last![2], last![2 + last![1]!]]).toEqual([0x82, 0xe0, 0x88])
  expect(String(end)).toBe('shut down')
})

test('an event stream begins with its values in the same piece', () => {
  const { context, publish } = hubRig()
  publish('roar/final/mood', 'kept', true)
  const { transport, texts } = writtenTo()
  const events = Object.assign(transport, { onDrain() {}, onGone() {}, abort() {} })
  new EventStream(context, { transport: events, origins: [], claims: {}, filters: ['roar/final/mood'] })
  expect(texts()).toHaveLength(1)
  expect(texts()[0]).toMatch(/^retry: \d+\n\nevent: mood\ndata: kept\n\n$/)
})

test('what is published to a corked socket comes behind what it sent before', async () => {
  const opened = Promise.withResolvers<StreamTransport>()
  const listener = Bun.listen({
    ...{ hostname: '127.0.0.1', port: 0 },
    socket: {
      open: (socket) =>
        opened.resolve(new StreamTransport(socket as Socket<never>, { backlogBytesMax: 1_000 })),
      data() {},
    },
  })
  let heard = ''
  const client = await Bun.connect({
    ...{ hostname: '127.0.0.1', port: listener.port },
    socket: {
      data(_, chunk) {
        heard += chunk
      },
    },
  })
  const transport = await opened.promise
  const broadcast = fanOutTo(transport)
  transport.cork(() => {
    transport.send(Buffer.from('a'))
    broadcast(new Uint8Array(Buffer.from('b')))
  })
  broadcast(new Uint8Array(Buffer.from('c')))
  await until(() => heard.length === 3)
  expect(heard).toBe('abc')
  if (process.platform === 'linux') expect(directTo[transport.fd]).toBe(DIRECT.plain)
  client.terminate()
  listener.stop(true)
})

test('a socket with the number that stands for none is left to the runtime', () => {
  const socket = (fd: number) => ({ fd, getTLSVersion: () => null }) as unknown as Socket<never>
  expect(systemSocket(socket(0))).toBeUndefined()
  if (process.platform === 'linux') expect(systemSocket(socket(1))).toBe(1)
})

test('once it is closed nothing goes to the socket that has its number then', async () => {
  const accepted: Socket<undefined>[] = []
  let [heard, gone] = [0, 0]
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { open: (socket) => void accepted.push(socket), data() {}, close: () => void gone++ },
  })
  const client = () =>
    Bun.connect({
      ...{ hostname: '127.0.0.1', port: listener.port },
      socket: {
        data(_, chunk) {
          heard += chunk.length
        },
      },
    })
  const fdOf = (socket: Socket<undefined>) => (socket as unknown as { fd: number }).fd
  const first = await client()
  await until(() => accepted.length === 1)
  const transport = new StreamTransport(accepted[0]! as Socket<never>, { backlogBytesMax: 1_000 })
  const broadcast = fanOutTo(transport)
  const fd = fdOf(accepted[0]!)
  // Without that a delivery takes a tenth more, and nothing else is different.
  if (process.platform === 'linux') expect(systemSocket(accepted[0]! as Socket<never>)).toBe(fd)
  first.terminate()
  await until(() => gone === 1)
  transport.closed()
  const clients: Socket<undefined>[] = []
  await until(async () => {
    clients.push(await client())
    return clients.concat(accepted).some((socket) => fdOf(socket) === fd)
  })
  await until(() => accepted.length === clients.length + 1)
  transport.send(Uint8Array.of(1))
  broadcast(Uint8Array.of(2))
  // What is on its way to them is theirs alone, and comes last.
  for (const socket of accepted) socket.write('.')
  await until(() => heard >= clients.length)
  expect(heard).toBe(clients.length)
  for (const socket of clients) socket.terminate()
  listener.stop(true)
})

test.each(['TCP', 'lane'] as const)(
  'over %s a broadcast goes straight to a socket that is open',
  async (kind) => {
    const closed = spyOn(StreamTransport.prototype, 'closed')
    const byListener = spyOn(Outflow.prototype, 'deliver')
    const fixture = startEdge()
    try {
      const viewer = await openViewer(fixture, kind, ['roar/final/mood'])
      const before = viewer.heard().length
      fixture.publish('roar/final/mood', 'x')
      await viewer.hears(before + 1)
      expect(byListener).toHaveBeenCalledTimes(process.platform === 'linux' ? 0 : 1)
      expect(closed).not.toHaveBeenCalled()
      viewer.close()
      await until(() => closed.mock.calls.length === 1)
    } finally {
      byListener.mockRestore()
      closed.mockRestore()
      await fixture.close()
    }
  },
)
