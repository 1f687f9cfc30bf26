import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Socket } from 'bun'
import { LoopShare } from '../../engine/loop-share.ts'
import { encodeConnect, encodePingreq, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import { type EdgeFixture, openSocket, packetsIn, startEdge } from './edge-fixture.ts'
import { REVOKED, STANDBY } from './goodbye.ts'
import { EDGE_LIMITS } from './limits.ts'
import { StreamTransport } from './stream-transport.ts'

const KIB = 1024
const PIECE = 256

/** What a transport asks of its socket while nothing is sent. */
const SILENT = {
  remoteAddress: '192.0.2.1',
  getTLSVersion: () => null,
  pause() {},
  resume() {},
  terminate() {},
  timeout() {},
  shutdown() {},
}

/** A socket, whose reader waits for turns of the test's making. */
function rig() {
  const turns: (() => void)[] = []
  const rests: number[] = []
  // Each look at the clock is the end of a turn: one step fits into each.
  let now = 0
  const share = new LoopShare({
    now: () => (now += 2),
    after(ms, work) {
      rests.push(ms)
      turns.push(work)
    },
  })
  let [isPaused, isTerminated] = [false, false]
  const socket = {
    ...SILENT,
    pause: () => (isPaused = true),
    resume: () => (isPaused = false),
    terminate: () => (isTerminated = true),
  }
  const transport = new StreamTransport(socket as unknown as Socket<never>, { backlogBytesMax: 1 })
  const reader = {
    read: [] as number[],
    isClosed: false,
    relay: false,
    isStrained: false,
    share,
    arrived() {},
    receive: (bytes: Uint8Array) => void reader.read.push(bytes.length),
    overrun() {
      reader.isClosed = true
    },
  }
  return {
    reader,
    turns,
    rests,
    turn: () => turns.shift()!(),
    hear: (bytes: number) => transport.input(new Uint8Array(bytes), reader),
    isPaused: () => isPaused,
    isTerminated: () => isTerminated,
  }
}

describe('what a peer sends', () => {
  test('is read at once if it is as little as a viewer sends', () => {
    const { reader, hear, turns, isPaused } = rig()
    hear(2 * KIB)
    expect(reader.read).toEqual(Array(8).fill(PIECE))
    expect([turns.length, isPaused()]).toEqual([0, false])
  })

  test('is read a piece in a turn if it is more, and meanwhile nothing is taken from the socket', () => {
    const { reader, hear, turn, turns, isPaused } = rig()
    hear(2 * KIB + 1)
    expect([reader.read, isPaused()]).toEqual([[], true])
    turn()
    expect([reader.read, isPaused()]).toEqual([[PIECE], true])
    // Was on its way.
    hear(10)
    for (let i = 0; i < 8; i++) turn()
    expect([reader.read, isPaused(), turns.length]).toEqual([[...Array(8).fill(PIECE), 11], false, 0])
    hear(1)
    expect(reader.read.at(-1)).toBe(1)
  })

  test('is read at once, however much it is, if an edge below sends it: a report on a thousand shows is more than may wait', () => {
    const { reader, hear, turns, isPaused } = rig()
    Object.assign(reader, { relay: true, isStrained: true })
    hear(512 * KIB)
    expect(reader.read).toEqual([512 * KIB])
    expect([turns.length, isPaused()]).toEqual([0, false])
  })

  test('waits for a turn, however little it is, while the peer is strained', () => {
    const { reader, hear, turn } = rig()
    reader.isStrained = true
    hear(1)
    expect(reader.read).toEqual([])
    turn()
    expect(reader.read).toEqual([1])
  })

  test('waits from where it strains the peer, though it is as little as a viewer sends', () => {
    const { reader, hear, turn, turns } = rig()
    reader.receive = (bytes) => {
      reader.read.push(bytes.length)
      reader.isStrained = reader.read.length === 2
    }
    hear(3 * PIECE + 1)
    expect(reader.read).toEqual([PIECE, PIECE])
    turn()
    turn()
    expect([reader.read, turns.length]).toEqual([[PIECE, PIECE, PIECE, 1], 0])
  })

  test('takes more of the share if the peer is cut by it: that costs another connection, which comes', () => {
    const restAfter = (isCut: boolean) => {
      const { reader, hear, turn, rests } = rig()
      reader.isStrained = true
      reader.receive = () => {
        reader.isClosed = isCut
      }
      hear(1)
      turn()
      reader.isClosed = false
      hear(1)
      return rests.at(-1)!
    }
    expect(restAfter(true)).toBeGreaterThan(restAfter(false))
  })

  test('ends it if it is more than may wait, and is passed over then', () => {
    const { reader, hear, turn, isPaused, isTerminated } = rig()
    hear(64 * KIB)
    expect(reader.isClosed).toBeFalse()
    hear(1)
    expect(reader.isClosed).toBeTrue()
    turn()
    expect([reader.read, isPaused()]).toEqual([[], false])
    hear(KIB * KIB - 64 * KIB - 1)
    expect(isTerminated()).toBeFalse()
    hear(1)
    expect(isTerminated()).toBeTrue()
  })

  test('ends its connection if reading it throws in its turn', () => {
    const { reader, hear, turn, turns, isTerminated } = rig()
    reader.receive = () => {
      throw new Error('not of the protocol')
    }
    hear(3 * KIB)
    expect(isTerminated()).toBeFalse()
    turn()
    expect([isTerminated(), turns.length]).toEqual([true, 0])
  })

  test('is not read after its reader is closed, in the middle of it too', () => {
    const { reader, hear, turn, turns } = rig()
    hear(6 * KIB)
    turn()
    reader.isClosed = true
    turn()
    expect([reader.read, turns.length]).toEqual([[PIECE], 0])
  })
})

test('what waits is among the bytes that an address may send', () => {
  const { hub, context } = hubRig({ limits: { addressBytesPerSecond: KIB } })
  const come = () => {
    const transport = new StreamTransport(SILENT as unknown as Socket<never>, { backlogBytesMax: 1 })
    const connection = hub.connect(transport)!
    return { connection, hear: (bytes: number) => transport.input(new Uint8Array(bytes), connection) }
  }
  const [one, other] = [come(), come()]
  one.hear(11 * KIB)
  expect(one.connection.isClosed).toBeFalse()
  other.hear(1)
  expect([other.connection.isClosed, context.counters.refused]).toEqual([true, { address_bytes: 1 }])
})

test('a viewer that comes and subscribes is not strained, one that uses up a sixteenth of a burst is, until it has been quiet', () => {
  const { connected, pass } = hubRig()
  const viewer = connected()
  viewer.subscribe(...Array.from({ length: 60 }, (_, i) => `roar/final/polls/p${i}`))
  expect(viewer.connection.isStrained).toBeFalse()
  for (let i = 0; i < EDGE_LIMITS.packetsBurstMax / 16; i++) viewer.bytes([...encodePingreq()])
  expect(viewer.connection.isStrained).toBeTrue()
  pass(1_000)
  expect(viewer.connection.isStrained).toBeFalse()
})

test('five thousand that come at once from one address are not strained', () => {
  const { viewer } = hubRig()
  const all = Array.from({ length: 5_000 }, () => {
    const one = viewer(4, '192.0.2.1')
    one.connect()
    one.subscribe('roar/final/mood', 'roar/final/show')
    return one
  })
  expect(all.at(-1)!.connection.isStrained).toBeFalse()
})

test.each([
  ['packets', 720, 54, encodePingreq()],
  ['work', 140, 7, encodeSubscribe(1, Array<string>(400).fill('roar/final/mood'))],
])(
  'the %s of %i connections of one address strain each of them, none of which is by its own, until they are quiet',
  (_what, count, each, bytes) => {
    const { viewer, pass } = hubRig()
    const come = (address: string) => {
      const one = viewer(4, address)
      one.connect()
      return one
    }
    const all = Array.from({ length: count }, () => come('192.0.2.1'))
    const alone = come('192.0.2.2')
    for (const one of [...all, alone]) for (let i = 0; i < each; i++) one.bytes([...bytes])
    expect(all.map(({ connection }) => connection.isStrained)).toEqual(all.map(() => true))
    expect(alone.connection.isStrained).toBeFalse()
    pass(5_000)
    expect(all[0]!.connection.isStrained).toBeFalse()
  },
)

test.each<[string, (come: ReturnType<typeof hubRig>['viewer']) => void]>([
  ['bytes that are no MQTT', (come) => come(4, '192.0.2.1').bytes([0xff])],
  [
    'a will',
    (come) =>
      come(4, '192.0.2.1').connect({ will: { topic: 'a', payload: Buffer.of(), qos: 0, retain: false } }),
  ],
  ['a packet that is too large', (come) => come(4, '192.0.2.1').bytes([0x10, 0xff, 0xff, 0xff, 0x7f])],
  [
    'more packets than a viewer sends',
    (come) => {
      const one = come(4, '192.0.2.1')
      one.connect()
      for (let i = 0; i < EDGE_LIMITS.packetsBurstMax + 1; i++) one.bytes([...encodePingreq()])
    },
  ],
])(
  'who is cut for %s again and again has whatever comes from that address wait, until it has been quiet',
  (_what, err) => {
    const { viewer, pass } = hubRig()
    for (let i = 0; i < 20; i++) err(viewer)
    const other = viewer(4, '192.0.2.1')
    expect(other.connection.isStrained).toBeFalse()
    for (let i = 0; i < 40; i++) err(viewer)
    expect(other.connection.isStrained).toBeTrue()
    expect(viewer(4, '192.0.2.2').connection.isStrained).toBeFalse()
    pass(15_000)
    expect(viewer(4, '192.0.2.1').connection.isStrained).toBeFalse()
  },
)

test('a crowd behind one address whose tokens expire or are revoked, or that is sent away, is not strained by that', () => {
  const { viewer, hub, context } = hubRig()
  const all = Array.from({ length: 100 }, () => viewer(5, '192.0.2.1'))
  for (const one of all) one.connect()
  for (const one of all.slice(0, 30)) {
    one.connection.claims = { expiresMs: context.now() }
    one.connection.endIfExpired()
  }
  for (const one of all.slice(30, 60)) one.connection.end(REVOKED)
  for (const _ of hub.close(1_000, STANDBY));
  expect(all.filter(({ closedWith }) => closedWith === undefined)).toEqual([])
  expect(viewer(5, '192.0.2.1').connection.isStrained).toBeFalse()
})

describe('over real sockets', () => {
  let fixture: EdgeFixture
  beforeAll(() => {
    fixture = startEdge({ limits: { packetsBurstMax: 30_000 } })
  })
  afterAll(() => fixture.close())

  const PINGS = 20_000
  const connect = encodeConnect({ clientId: 'fast', keepAliveS: 60 })
  const subscribe = encodeSubscribe(1, ['roar/final/mood'])

  test.each(['lane', 'TCP'] as const)(
    'much at once is answered whole and in order: %s',
    async (transport) => {
      const socket = await openSocket(fixture, transport)
      socket.send(Buffer.concat([connect, ...Array<Uint8Array>(PINGS).fill(encodePingreq()), subscribe]))
      await socket.hears(4 + 2 * PINGS + 5)
      const types = packetsIn(socket.heard()).map(({ type }) => type)
      expect([types[0], types.at(-1)]).toEqual(['connack', 'suback'])
      expect(types.filter((type) => type === 'pingresp')).toHaveLength(PINGS)
      socket.close()
    },
  )
})
