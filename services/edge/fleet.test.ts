import { describe, expect, test } from 'bun:test'
import type { ServerWebSocket } from 'bun'
import type { IConnackPacket } from 'mqtt-packet'
import { CLOSE, goTo } from '../../protocol/close-codes.ts'
import { EDGE_URL_LENGTH_MAX, type FleetPacket, isEdgeUrl } from '../../protocol/fleet.ts'
import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import { encodeClose } from '../../protocol/websocket/encode-frame.ts'
import { hubRig, MemoryTransport } from '../../test/edge/hub-rig.ts'
import { MOVED, refusalOf, stopping } from './goodbye.ts'
import { Shedding } from './shed.ts'
import { WebSocketTransport } from './websocket.ts'

const FLEET: FleetPacket = {
  at: 1,
  connections: 150,
  limit: 3_000,
  jitterMs: 0,
  edges: [
    { urls: ['wss://e1.example/mqtt', 'mqtt://e1.example'], weight: 9 },
    { urls: ['wss://e0.example/mqtt', 'mqtt://e0.example'], weight: 9 },
  ],
}

function inFleet(limits: Parameters<typeof hubRig>[0] = {}) {
  const rig = hubRig({ urls: ['wss://e0.example/mqtt', 'mqtt://e0.example'], ...limits })
  rig.context.fleet.hear(FLEET, rig.context.passedMs())
  return rig
}
const goodbyeTo = (version: MqttVersion, end: (rig: ReturnType<typeof inFleet>) => void) => {
  const rig = inFleet()
  const viewer = rig.connected(version)
  end(rig)
  return { ...viewer.closedWith, heard: viewer.packets().at(-1) }
}
const stop = ({ hub }: ReturnType<typeof inFleet>) => hub.close(100, stopping(0)).next()

describe('a viewer of an edge that stops', () => {
  test('is told by MQTT 5 to use another server, and which', () => {
    const { heard } = goodbyeTo(5, stop)
    expect(heard).toMatchObject({
      cmd: 'disconnect',
      reasonCode: 0x9c,
      properties: { serverReference: 'e1.example:1883' },
    })
  })

  test('is told by the close where to go', () => {
    const { code, reason } = goodbyeTo(4, stop)
    expect({ code, reason }).toEqual({
      code: CLOSE.goingAway,
      reason: 'The edge is stopping: go to mqtt://e1.example',
    })
  })

  test('hears of no other edge where the last word of one is too old', () => {
    const { reason } = goodbyeTo(4, (rig) => {
      rig.pass(15_000)
      stop(rig)
    })
    expect(reason).toBe('The edge is stopping')
  })

  test('stays where it is where the same address is back soon', () => {
    const { reason } = goodbyeTo(4, ({ hub }) => hub.close(100, stopping(2)).next())
    expect(reason).toBe('The edge is stopping: back in 2 s')
  })
})

test('told where to go is who can be: by the close of a WebSocket, and by MQTT 5 once it is open', () => {
  const told = (come: (rig: ReturnType<typeof inFleet>) => unknown) => {
    const rig = inFleet()
    come(rig)
    stop(rig)
    return rig.context.counters.moved
  }
  expect(told((rig) => rig.connected(5))).toBe(1)
  expect(told((rig) => rig.viewer(5))).toBe(0)
  expect(told((rig) => rig.connected(4))).toBe(0)
  const webSocket = ({ context }: ReturnType<typeof inFleet>) =>
    new MemoryTransport({ ...context.limits, kind: 'websocket' })
  expect(told((rig) => rig.hub.connect(webSocket(rig)))).toBe(1)
})

test('who comes to a full edge is told which other one has room', () => {
  const rig = inFleet({ limits: { connectionsMax: 1 } })
  rig.connected(5, { keepalive: 0 })
  const late = rig.viewer(5)
  late.connect()
  expect(late.packets().at(-1)).toMatchObject({
    cmd: 'connack',
    reasonCode: 0x9c,
    properties: {
      serverReference: 'e1.example:1883',
      reasonString: 'The edge is full: go to mqtt://e1.example',
    },
  })
})

test('no more come in a second than are to come, and then again', () => {
  const rig = hubRig({ limits: { connectsPerSecond: 10 } })
  const come = () => {
    const viewer = rig.viewer(5)
    viewer.connect()
    return (viewer.packets().at(-1) as IConnackPacket).reasonCode
  }
  const first = Array.from({ length: 30 }, come)
  expect(first.filter((reason) => reason === 0)).toHaveLength(20)
  expect(first.at(-1)).toBe(0x89)
  expect(rig.context.counters.refused.connects).toBe(10)
  rig.pass(1_000)
  expect(Array.from({ length: 30 }, come).filter((reason) => reason === 0)).toHaveLength(10)
})

describe('an edge with more than its share', () => {
  const crowded = (version: MqttVersion) => {
    const rig = inFleet({ limits: { connectionsMax: 1_000 } })
    const shedding = new Shedding(rig.hub)
    const viewers = Array.from({ length: 150 }, () => rig.connected(version, { keepalive: 0 }))
    return {
      rig,
      viewers,
      left: () => viewers.filter(({ closedWith }) => closedWith !== undefined).length,
      pass(seconds: number, fleet = FLEET) {
        for (let second = 0; second < seconds; second++) {
          rig.pass(1_000)
          rig.context.fleet.hear({ ...fleet, at: rig.context.now() }, rig.context.now())
          shedding.tick(rig.context.now())
        }
      },
    }
  }

  test('sends viewers to others at 2 % a second, until it is back within a tenth of it', () => {
    const { pass, left, viewers, rig } = crowded(5)
    pass(3)
    expect(left()).toBe(3)
    pass(9)
    expect(left()).toBeLessThanOrEqual(30)
    pass(120)
    // A tenth and ten over its share of 50 are its own.
    expect(left()).toBeWithin(84, 86)
    expect(rig.context.counters.moved).toBe(left())
    expect(viewers.find(({ closedWith }) => closedWith)!.closedWith!.reason).toBe(
      'Others have more room: go to mqtt://e1.example',
    )
  })

  test('keeps those that cannot be told where to go', () => {
    const { pass, left } = crowded(4)
    pass(60)
    expect(left()).toBe(0)
  })

  test('keeps all where nobody else has room', () => {
    for (const edges of [[], [FLEET.edges[1]!]]) {
      const { pass, left } = crowded(5)
      pass(30, { ...FLEET, edges })
      expect(left()).toBe(0)
    }
  })

  test('takes no rush for that: those who came since the last report are not counted yet anywhere', () => {
    const { pass, left, rig } = crowded(5)
    const fleet = (connections: number) => ({ ...FLEET, connections })
    pass(5, fleet(450))
    for (let second = 0; second < 5; second++) {
      for (let i = 0; i < 100; i++) rig.connected(5, { keepalive: 0 })
      // What the others report lies two packets behind.
      pass(1, fleet(450 + 300 * Math.max(0, second - 1)))
    }
    expect(left()).toBe(0)
  })

  test('does not disturb again at once those who came back to it', () => {
    const { pass, rig, left } = crowded(5)
    pass(100)
    const before = left()
    for (let i = 0; i < before; i++) rig.connected(5, { keepalive: 0 })
    pass(100)
    // One or two may be left of the round.
    expect(rig.context.members.size).toBeGreaterThanOrEqual(148)
    pass(200)
    expect(rig.context.members.size).toBeLessThan(150)
  })
})

test('the longest address that an edge may have is whole in the reason of a close', () => {
  const elsewhere = `wss://${'e'.repeat(EDGE_URL_LENGTH_MAX - 'wss://.example/mqtt'.length)}.example/mqtt`
  expect(isEdgeUrl(elsewhere)).toBe(true)
  const { context } = inFleet()
  context.fleet.hear({ ...FLEET, edges: [{ urls: [elsewhere], weight: 9 }] }, context.now())
  const refusals = (['draining', 'overloaded'] as const).map((why) => refusalOf(why, { chance: 0.99 }))
  for (const why of [MOVED, stopping(0), ...refusals]) {
    const { text } = context.fleet.directed(why, 'websocket', context.now())
    const reasons: (string | undefined)[] = []
    const transport = new WebSocketTransport({
      ...{ address: '', token: undefined, certificate: undefined, backlogBytesMax: 1, serverFiles: 1 },
    })
    const close = (_code?: number, reason?: string) => void reasons.push(reason)
    transport.opened({ close } as ServerWebSocket<WebSocketTransport>)
    transport.close(CLOSE.goingAway, text)
    expect(goTo(reasons[0]!)).toBe(elsewhere)
    // In the lane it is cut at the same length.
    expect(encodeClose(CLOSE.goingAway, text).length).toBe(2 + 2 + text.length)
  }
  // What takes more bytes than letters could not be measured so.
  expect(isEdgeUrl('wss://é.example/mqtt')).toBe(false)
  expect(isEdgeUrl('wss://xn--9ca.example/mqtt')).toBe(true)
})
