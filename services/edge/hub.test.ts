import { describe, expect, test } from 'bun:test'
import type { MessageProperties } from '../../adapters/pubsub/pubsub.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { hubRig, MemoryTransport } from '../../test/edge/hub-rig.ts'
import { EventStream } from './event-stream.ts'
import { stopping } from './goodbye.ts'

const versions = [4, 5] as const

describe.each(versions)('a viewer of version %i', (version) => {
  test('hears the retained value with RETAIN, then what is live without', () => {
    const { connected, publish } = hubRig()
    publish('roar/final/mood', 'kept', true)
    const viewer = connected(version)
    viewer.subscribe('roar/final/mood')
    publish('roar/final/mood', 'live', true)
    expect(viewer.heard()).toEqual(['suback 0', 'mood 1 kept', 'mood 0 live'])
  })

  test('who comes later hears the newest value, however many asked for the ones before', () => {
    const { connected, publish } = hubRig()
    for (const value of ['1', '2', '3']) {
      publish('roar/final/mood', value, true)
      const viewer = connected(version)
      viewer.subscribe('roar/final/mood')
      expect(viewer.heard()).toEqual(['suback 0', `mood 1 ${value}`])
    }
  })

  test('hears a topic that speaks for the first time after the subscription', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/#', 'roar/final/polls/mvp')
    publish('roar/final/mood/home', 'new')
    publish('roar/final/polls/mvp', 'open')
    expect(viewer.heard()).toEqual(['suback 0,0', 'mood/home 0 new', 'polls/mvp 0 open'])
  })

  test('hears one packet where filters overlap, retained and live', () => {
    const { connected, publish } = hubRig()
    publish('roar/final/mood', 'kept', true)
    const viewer = connected(version)
    viewer.subscribe('roar/final/mood', 'roar/final/+', 'roar/final/#')
    publish('roar/final/mood', 'live')
    publish('roar/final/feed', 'fresh')
    expect(viewer.heard()).toEqual(['suback 0,0,0', 'mood 1 kept', 'mood 0 live', 'feed 0 fresh'])
  })

  test('goes on hearing a topic until the last filter that matches it is gone', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/mood', 'roar/final/#')
    viewer.unsubscribe('roar/final/mood')
    publish('roar/final/mood', '1')
    viewer.unsubscribe('roar/final/#')
    publish('roar/final/mood', '2')
    publish('roar/final/feed', '3')
    const unsuback = version === 5 ? 'unsuback 0' : 'unsuback'
    expect(viewer.heard()).toEqual(['suback 0,0', unsuback, 'mood 0 1', unsuback])
  })

  test('is granted QoS 0 whatever it asks for', () => {
    const viewer = hubRig().connected(version)
    viewer.subscribe({ topic: 'roar/final/mood', qos: 1 }, { topic: 'roar/final/feed', qos: 2 })
    expect(viewer.heard()).toEqual(['suback 0,0'])
  })

  test.each([
    ['every topic of the server', '#'],
    ['every topic of Roar', 'roar/#'],
    ['one topic of every show', 'roar/+/mood'],
    ['a show that does not exist', 'roar/other/mood'],
    ['a topic of somebody else', 'home/door'],
    ["the server's own topics", '$SYS/#'],
    ['every room', 'roar/final/rooms/+'],
    ['a filter over the limit', `roar/final/${'x'.repeat(200)}`],
  ])('is refused %s and stays connected', (_what, filter) => {
    const viewer = hubRig().connected(version)
    viewer.subscribe(filter, 'roar/final/mood')
    expect(viewer.heard()).toEqual([version === 5 ? 'suback 143,0' : 'suback 128,0'])
    expect(viewer.closedWith).toBeUndefined()
  })

  test('hears a room that it names, and no wildcard reaches into rooms', () => {
    const { connected, publish } = hubRig()
    const [member, stranger] = [connected(version), connected(version)]
    member.subscribe('roar/final/rooms/gang')
    stranger.subscribe('roar/final/#', 'roar/final/+/gang')
    publish('roar/final/rooms/gang', 'psst')
    expect(member.heard()).toEqual(['suback 0', 'rooms/gang 0 psst'])
    expect(stranger.heard()).toEqual(['suback 0,0'])
  })

  test.each(['roar/final/mo#od', 'roar/final/#/x', 'roar/final+', ''])(
    'is closed for the filter %j, which MQTT forbids',
    (filter) => {
      const viewer = hubRig().connected(version)
      const bytes = new TextEncoder().encode(filter)
      const properties = version === 5 ? [0] : []
      viewer.bytes([
        0x82,
        5 + properties.length + bytes.length,
        0,
        1,
        ...properties,
        0,
        bytes.length,
        ...bytes,
        0,
      ])
      expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
      if (version === 5) expect(viewer.heard()).toEqual(['disconnect 143'])
    },
  )

  test('has a bounded number of subscriptions, and may renew those it has', () => {
    const { connected } = hubRig({ limits: { subscriptionsMax: 2 } })
    const viewer = connected(version)
    viewer.subscribe('roar/final/a', 'roar/final/b', 'roar/final/c', 'roar/final/a')
    viewer.unsubscribe('roar/final/a')
    viewer.subscribe('roar/final/c')
    const full = version === 5 ? 151 : 128
    expect(viewer.heard().filter((line) => line.startsWith('suback'))).toEqual([
      `suback 0,0,${full},0`,
      'suback 0',
    ])
  })

  test('that asks for ten thousand subscriptions gets the limit and no more, at any pace', () => {
    const { connected, hub, pass } = hubRig()
    const viewer = connected(version, { keepalive: 0 })
    for (let i = 0; i < 10_000; i += 50) {
      viewer.subscribe(...Array.from({ length: 50 }, (_, j) => `roar/final/t${i + j}`))
      pass(500)
    }
    const granted = viewer.heard().join().match(/\b0\b/g)
    expect(granted).toHaveLength(hub.context.limits.subscriptionsMax)
    expect(viewer.connection.subscriptions.count).toBe(hub.context.limits.subscriptionsMax)
  })

  test('is answered a PINGREQ', () => {
    const viewer = hubRig().connected(version)
    viewer.say({ cmd: 'pingreq' })
    expect(viewer.heard()).toEqual(['pingresp'])
  })

  test('leaves by DISCONNECT, and nothing of it stays', () => {
    const { connected, hub, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/#', 'roar/final/mood')
    viewer.say({ cmd: 'disconnect' })
    viewer.heard()
    publish('roar/final/mood', 'after')
    publish('roar/final/new', 'after')
    expect(viewer.heard()).toEqual([])
    expect(viewer.closedWith?.code).toBe(1000)
    expect(hub.context.members.size).toBe(0)
    expect(hub.context.counters.connections.tcp).toEqual({ connecting: 0, v4: 0, v5: 0 })
    expect(hub.context.counters.skipped).toBe(0)
  })

  test('with the client id of another does not throw the other out', () => {
    const { connected, publish } = hubRig()
    const [first, second] = [connected(version), connected(version)]
    first.subscribe('roar/final/mood')
    second.subscribe('roar/final/mood')
    publish('roar/final/mood', 'both')
    expect(first.heard()).toContain('mood 0 both')
    expect(second.heard()).toContain('mood 0 both')
  })

  test('may say everything in one chunk, or byte by byte', () => {
    const whole = Uint8Array.from([
      ...[0x10, version === 5 ? 13 : 12, 0, 4, 77, 81, 84, 84, version, 2, 0, 60],
      ...(version === 5 ? [0] : []),
      ...[0, 0, 0xc0, 0, 0xe0, 0],
    ])
    for (const size of [whole.length, 1, 3]) {
      const viewer = hubRig().viewer(version)
      for (let at = 0; at < whole.length; at += size) viewer.bytes(whole.slice(at, at + size))
      expect(viewer.heard()).toEqual(['connack 0', 'pingresp'])
      expect(viewer.closedWith?.code).toBe(1000)
    }
  })
})

describe('MQTT 5', () => {
  test('an empty client id is assigned one', () => {
    const viewer = hubRig().viewer(5)
    viewer.connect({ clientId: '' })
    expect(viewer.packets()[0]).toMatchObject({ properties: { assignedClientIdentifier: 'assigned' } })
  })

  test.each([
    [0, 600],
    [601, 600],
    [600, undefined],
    [60, undefined],
  ])('a keep-alive of %i is answered with the server keep-alive %p', (keepalive, serverKeepAlive) => {
    const viewer = hubRig().viewer(5)
    viewer.connect({ keepalive })
    const [connack] = viewer.packets() as { properties?: { serverKeepAlive?: number } }[]
    expect(connack?.properties?.serverKeepAlive).toBe(serverKeepAlive)
  })

  test('retain handling 1 sends values for a new subscription only, 2 never', () => {
    const { connected, publish } = hubRig()
    publish('roar/final/mood', 'kept', true)
    const viewer = connected(5)
    viewer.subscribe({ topic: 'roar/final/mood', rh: 1 })
    viewer.subscribe({ topic: 'roar/final/mood', rh: 1 })
    viewer.subscribe({ topic: 'roar/final/mood', rh: 2 })
    viewer.subscribe({ topic: 'roar/final/mood', rh: 0 })
    expect(viewer.heard()).toEqual([
      'suback 0',
      'mood 1 kept',
      'suback 0',
      'suback 0',
      'suback 0',
      'mood 1 kept',
    ])
  })

  test('retain as published keeps the flag, and wins where filters overlap', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(5)
    viewer.subscribe({ topic: 'roar/final/+', rap: true }, 'roar/final/mood')
    publish('roar/final/mood', 'a', true)
    publish('roar/final/mood', 'b', false)
    viewer.unsubscribe('roar/final/+')
    publish('roar/final/mood', 'c', true)
    expect(viewer.heard()).toEqual(['suback 0,0', 'mood 1 a', 'mood 0 b', 'unsuback 0', 'mood 0 c'])
  })

  test('a packet larger than the client takes is left out, the next one comes', () => {
    const { connected, publish, hub } = hubRig()
    const viewer = connected(5, { properties: { maximumPacketSize: 100 } })
    viewer.subscribe('roar/final/mood')
    publish('roar/final/mood', 'x'.repeat(100), true)
    publish('roar/final/mood', 'small', true)
    expect(viewer.heard()).toEqual(['suback 0', 'mood 0 small'])
    expect(hub.context.counters.skipped).toBe(1)
  })

  test('a client that cannot even take CONNACK is closed', () => {
    const viewer = hubRig().viewer(5)
    viewer.connect({ properties: { maximumPacketSize: 10 } })
    expect(viewer.closedWith?.code).toBe(CLOSE.tooLarge)
    expect(viewer.heard()).toEqual([])
  })

  test('a shared subscription is refused by its own code', () => {
    const viewer = hubRig().connected(5)
    viewer.subscribe('$share/group/roar/final/mood')
    expect(viewer.heard()).toEqual(['suback 158'])
  })

  test('what there was to unsubscribe is told', () => {
    const viewer = hubRig().connected(5)
    viewer.subscribe('roar/final/mood')
    viewer.unsubscribe('roar/final/mood', 'roar/final/mood')
    expect(viewer.heard()).toEqual(['suback 0', 'unsuback 0,17'])
  })
})

describe('CONNECT', () => {
  test.each([
    ['3.1.1, a will', 4, { will: { topic: 'a', payload: Buffer.of(), qos: 0, retain: false } }, 'connack 5'],
    ['5, a will', 5, { will: { topic: 'a', payload: Buffer.of(), qos: 0, retain: false } }, 'connack 135'],
    [
      '5, a will with QoS 1',
      5,
      { will: { topic: 'a', payload: Buffer.of(), qos: 1, retain: false } },
      'connack 155',
    ],
    ['5, an authentication method', 5, { properties: { authenticationMethod: 'SCRAM' } }, 'connack 140'],
  ] as const)('%s: refused and closed', (_name, version, connect, answer) => {
    const { viewer: newViewer, hub } = hubRig()
    const viewer = newViewer(version)
    viewer.connect(connect as object)
    expect(viewer.heard()).toEqual([answer])
    expect(viewer.closedWith?.code).toBe(1008)
    expect(hub.context.members.size).toBe(0)
  })

  test('3.1.1, an empty client id without a clean session: refused and closed [MQTT-3.1.3-8]', () => {
    const viewer = hubRig().viewer(4)
    viewer.bytes([0x10, 12, 0, 4, 77, 81, 84, 84, 4, 0, 0, 60, 0, 0])
    expect(viewer.heard()).toEqual(['connack 2'])
    expect(viewer.closedWith?.code).toBe(1008)
  })

  test('a session that should be kept is accepted, and is not there when the viewer comes again', () => {
    for (const version of versions) {
      const viewer = hubRig().viewer(version)
      viewer.connect({ clean: false })
      expect(viewer.packets()[0]).toMatchObject({ cmd: 'connack', sessionPresent: false })
    }
  })

  test('another protocol level is told in the form its version reads', () => {
    const head = [0x10, 16, 0, 4, 77, 81, 84, 84]
    const rest = [2, 0, 60, 0, 0, 0, 0, 0, 0]
    const [old, next] = [hubRig().viewer(4), hubRig().viewer(5)]
    old.bytes([...head, 3, ...rest])
    next.bytes([...head, 6, ...rest])
    expect(old.heard()).toEqual(['connack 1'])
    expect(next.heard()).toEqual(['connack 132'])
    expect([old.closedWith?.code, next.closedWith?.code]).toEqual([CLOSE.protocolError, CLOSE.protocolError])
  })

  test('a bad token is refused, a good one accepted, and what came early is done after CONNACK', async () => {
    const verify = async (token: string) => {
      if (token !== 'good') throw new Error('bad token')
      return {}
    }
    const { viewer: newViewer, publish } = hubRig({ verify })
    publish('roar/final/mood', 'kept', true)
    const [bad4, bad5, good, nobody] = [newViewer(4), newViewer(5), newViewer(4), newViewer(4)]
    bad4.connect({ username: '', password: Buffer.from('bad') })
    bad5.connect({ username: '', password: Buffer.from('bad') })
    good.connect({ username: '', password: Buffer.from('good') })
    nobody.connect()
    good.subscribe('roar/final/mood')
    expect(good.heard()).toEqual([])
    await Promise.resolve()
    await Promise.resolve()
    expect(bad4.heard()).toEqual(['connack 4'])
    expect(bad5.heard()).toEqual(['connack 134'])
    expect(good.heard()).toEqual(['connack 0', 'suback 0', 'mood 1 kept'])
    expect(nobody.heard()).toEqual(['connack 0'])
  })

  test('a viewer that leaves while its token is verified is not accepted afterwards', async () => {
    const verified = Promise.withResolvers<object>()
    const { viewer: newViewer, hub } = hubRig({ verify: () => verified.promise })
    const viewer = newViewer(4)
    viewer.connect({ username: '', password: Buffer.from('slow') })
    viewer.connection.closed()
    verified.resolve({})
    await verified.promise
    expect(viewer.heard()).toEqual([])
    expect(hub.context.counters.connections.tcp).toEqual({ connecting: 0, v4: 0, v5: 0 })
  })

  test('packets before CONNACK are bounded', () => {
    const { viewer: newViewer } = hubRig({ verify: () => new Promise(() => {}) })
    const viewer = newViewer(4)
    viewer.connect({ username: '', password: Buffer.from('slow') })
    for (let i = 0; i < 16; i++) viewer.say({ cmd: 'pingreq' })
    expect(viewer.closedWith).toBeUndefined()
    viewer.say({ cmd: 'pingreq' })
    expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
  })
})

/** What a viewer must not say: each ends its connection, and in 5 says why. */
const publish = (qos: 0 | 1 | 2) => ({
  cmd: 'publish',
  topic: 'roar/final/mood',
  payload: 'x',
  qos,
  retain: false,
  dup: false,
  messageId: 1,
})
test.each([
  ['PUBLISH with QoS 0 in 3.1.1', 4, publish(0), []],
  ['PUBLISH with QoS 1 in 3.1.1', 4, publish(1), []],
  ['PUBLISH with QoS 0 in 5', 5, publish(0), ['disconnect 135']],
  ['PUBLISH with QoS 1 in 5, where CONNACK ruled it out', 5, publish(1), ['disconnect 155']],
  [
    'a second CONNECT in 3.1.1',
    4,
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId: 'x', clean: true, keepalive: 0 },
    [],
  ],
  [
    'a second CONNECT in 5',
    5,
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId: 'x', clean: true, keepalive: 0 },
    ['disconnect 130'],
  ],
  [
    'a second CONNECT of another version',
    5,
    { cmd: 'connect', protocolId: 'MQIsdp', protocolVersion: 3, clientId: 'x', clean: true, keepalive: 0 },
    ['disconnect 130'],
  ],
  [
    'UNSUBSCRIBE with a malformed filter in 3.1.1',
    4,
    { cmd: 'unsubscribe', messageId: 1, unsubscriptions: ['roar/#/mood'] },
    [],
  ],
  [
    'UNSUBSCRIBE with an empty filter in 5',
    5,
    { cmd: 'unsubscribe', messageId: 1, unsubscriptions: [''] },
    ['disconnect 143'],
  ],
  ['PUBACK in 5', 5, { cmd: 'puback', messageId: 1 }, ['disconnect 130']],
  ['PUBREC in 3.1.1', 4, { cmd: 'pubrec', messageId: 1 }, []],
  ['AUTH in 5', 5, { cmd: 'auth', reasonCode: 0 }, ['disconnect 130']],
  [
    'a subscription identifier, which CONNACK ruled out',
    5,
    {
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'roar/final/mood', qos: 0 }],
      properties: { subscriptionIdentifier: 1 },
    },
    ['disconnect 161'],
  ],
] as const)('%s ends the connection, and the neighbour hears on', (_name, version, packet, answer) => {
  const { connected, publish } = hubRig()
  const [viewer, neighbour] = [connected(version), connected(version)]
  neighbour.subscribe('roar/final/mood')
  viewer.say(packet as never)
  expect(viewer.heard()).toEqual([...answer])
  expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
  publish('roar/final/mood', 'on')
  expect(neighbour.heard()).toEqual(['suback 0', 'mood 0 on'])
})

test('anything before CONNECT closes without a word', () => {
  const { viewer: newViewer } = hubRig()
  const viewer = newViewer()
  viewer.say({ cmd: 'pingreq' })
  expect(viewer.heard()).toEqual([])
  expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
})

describe('time', () => {
  test('a viewer is cut after one and a half keep-alives of silence, and not before', () => {
    const { connected, pass } = hubRig()
    const [silent, alive] = [connected(5, { keepalive: 10 }), connected(5, { keepalive: 10 })]
    pass(9_000)
    alive.say({ cmd: 'pingreq' })
    pass(5_500)
    expect(silent.closedWith).toBeUndefined()
    pass(1_000)
    expect(silent.closedWith?.code).toBe(CLOSE.keepAlive)
    expect(silent.heard()).toEqual(['disconnect 141'])
    expect(alive.closedWith).toBeUndefined()
    pass(9_000)
    expect(alive.closedWith?.code).toBe(CLOSE.keepAlive)
  })

  test.each([
    ['ahead', 3_600_000],
    ['back', -3_600_000],
  ])(
    'a clock that is set %s an hour ends no connection, and what lasts goes on by the time that passes',
    (_way, byMs) => {
      const { connected, pass, setClock, context } = hubRig()
      const [silent, alive] = [connected(5, { keepalive: 10 }), connected(5, { keepalive: 10 })]
      const memory = new MemoryTransport({ ...context.limits, kind: 'events' })
      const transport = Object.assign(memory, { onDrain() {}, onGone() {}, abort() {} })
      const origins = context.origins.of(transport.address)
      new EventStream(context, { transport, origins, claims: {}, filters: ['roar/final/#'] })
      setClock(byMs)
      pass(9_000)
      expect([silent.closedWith, alive.closedWith]).toEqual([undefined, undefined])
      alive.say({ cmd: 'pingreq' })
      const before = memory.sent.length
      pass(9_000)
      expect(silent.closedWith?.code).toBe(CLOSE.keepAlive)
      expect(alive.closedWith).toBeUndefined()
      pass(30_000)
      expect(Buffer.concat(memory.sent.slice(before)).toString()).toContain(':\n\n')
    },
  )

  test('a keep-alive longer than a turn of the wheel holds', () => {
    const { connected, pass } = hubRig()
    const viewer = connected(4, { keepalive: 1_000 })
    pass(1_499_000)
    expect(viewer.closedWith).toBeUndefined()
    pass(2_000)
    expect(viewer.closedWith?.code).toBe(CLOSE.keepAlive)
  })

  test('a 3.1.1 viewer without a keep-alive is never asked', () => {
    const { connected, pass } = hubRig()
    const viewer = connected(4, { keepalive: 0 })
    pass(3_600_000)
    expect(viewer.closedWith).toBeUndefined()
  })

  test('a socket without CONNECT is closed in time, also one that is half-way through', () => {
    const { viewer: newViewer, pass, hub } = hubRig()
    const [mute, half] = [newViewer(), newViewer()]
    half.bytes([0x10, 50, 0, 4, 77])
    pass(9_500)
    expect(mute.closedWith).toBeUndefined()
    pass(1_000)
    expect([mute.closedWith?.code, half.closedWith?.code]).toEqual([CLOSE.keepAlive, CLOSE.keepAlive])
    expect(hub.context.counters.refused).toEqual({ connect_timeout: 2 })
  })

  test('more packets a second than the limit are flooding; the same number over a longer time is not', () => {
    const { connected, pass, hub } = hubRig({ limits: { packetsPerSecondMax: 10, packetsBurstMax: 10 } })
    const [calm, flood] = [connected(5), connected(5)]
    for (let i = 0; i < 50; i++) {
      if (i % 10 === 0) pass(1_000)
      calm.say({ cmd: 'pingreq' })
    }
    pass(1_000)
    for (let i = 0; i < 50; i++) flood.say({ cmd: 'pingreq' })
    expect(calm.closedWith).toBeUndefined()
    expect(flood.closedWith?.code).toBe(CLOSE.flooding)
    expect(flood.heard().at(-1)).toBe('disconnect 150')
    expect(hub.context.counters.refused).toEqual({ message_rate_too_high: 1 })
  })
})

describe('a socket that takes nothing', () => {
  test('skips above its backlog, hears again when it reads again, and is not cut', () => {
    const { connected, publish, pass, hub } = hubRig({ limits: { backlogBytesMax: 100, slowMs: 5_000 } })
    const [slow, neighbour] = [connected(), connected()]
    for (const viewer of [slow, neighbour]) viewer.subscribe('roar/final/mood')
    slow.heard()
    slow.transport.stuck = true
    for (let i = 0; i < 10; i++) publish('roar/final/mood', `${i}`.repeat(40))
    pass(4_000)
    slow.transport.stuck = false
    slow.reads()
    publish('roar/final/mood', 'again')
    pass(10_000)
    expect(slow.heard()).toEqual([`mood 0 ${'0'.repeat(40)}`, `mood 0 ${'1'.repeat(40)}`, 'mood 0 again'])
    expect(slow.closedWith).toBeUndefined()
    expect(neighbour.heard()).toHaveLength(12)
    expect(hub.context.counters.skipped).toBe(8)
    expect(hub.context.counters.deliveries).toBe(14)
  })

  test('gets the newest of each retained topic that it missed once it reads again, and nothing older', () => {
    const { connected, publish } = hubRig({ limits: { backlogBytesMax: 100 } })
    const slow = connected()
    slow.subscribe('roar/final/#')
    slow.heard()
    slow.transport.stuck = true
    for (let i = 0; i < 4; i++) publish('roar/final/feed', `post ${i}`.padEnd(60))
    for (let i = 0; i < 10; i++)
      for (const poll of ['a', 'b']) publish(`roar/final/polls/${poll}`, `${i}`, true)
    publish('roar/final/polls/b', '', true)
    slow.transport.stuck = false
    slow.reads()
    expect(slow.heard()).toEqual([
      `feed 0 ${'post 0'.padEnd(60)}`,
      `feed 0 ${'post 1'.padEnd(60)}`,
      'polls/a 0 9',
    ])
  })

  test('gets all retained values it asked for as it drains, however many, and is not cut while it does', () => {
    const { connected, publish, pass, context } = hubRig({ limits: { slowMs: 5_000 } })
    for (let i = 0; i < 100; i++) publish(`roar/final/polls/p${i}`, `${i}`.padEnd(2_900), true)
    const thin = connected(4, { keepalive: 0 })
    thin.transport.stuck = true
    thin.subscribe('roar/final/#')
    publish('roar/final/polls/p99', 'newest', true)
    for (let i = 0; i < 40; i++) {
      pass(4_000)
      thin.reads(1)
    }
    const heard = thin.heard()
    expect(heard).toHaveLength(1 + 100 + 1)
    expect(heard.filter((line) => line.startsWith('polls/p99'))).toEqual([
      'polls/p99 0 newest',
      'polls/p99 1 newest',
    ])
    expect([thin.closedWith, context.counters.cutSlow]).toEqual([undefined, 0])
    expect(context.slow.size).toBe(0)
  })

  test('never has more waiting than its backlog and one piece, whatever it asks for', () => {
    const { connected, publish } = hubRig({ limits: { backlogBytesMax: 50_000 } })
    for (let i = 0; i < 200; i++) publish(`roar/final/polls/p${i}`, `${i}`.padEnd(2_900), true)
    const stuck = connected(4, { keepalive: 0 })
    stuck.transport.stuck = true
    for (let i = 0; i < 20; i++) stuck.subscribe('roar/final/#')
    for (let i = 0; i < 100; i++) publish('roar/final/mood', `${i}`.padEnd(2_900), true)
    expect(stuck.transport.backlogBytes()).toBeLessThan(50_000 + 16_384)
  })

  test('is cut after its time, and only it', () => {
    const { connected, publish, pass, hub } = hubRig({ limits: { backlogBytesMax: 100, slowMs: 5_000 } })
    const [slow, neighbour] = [connected(5), connected(5)]
    for (const viewer of [slow, neighbour]) viewer.subscribe('roar/final/mood')
    slow.transport.stuck = true
    for (let i = 0; i < 12; i++) {
      publish('roar/final/mood', 'x'.repeat(60))
      pass(500)
    }
    expect(slow.closedWith?.code).toBe(CLOSE.slow)
    expect(neighbour.closedWith).toBeUndefined()
    expect(hub.context.counters.cutSlow).toBe(1)
    expect(hub.context.slow.size).toBe(0)
  })

  test('is owed nothing any more once its event stream has ended, however it reads on', () => {
    const { context, publish } = hubRig()
    for (let i = 0; i < 20; i++) publish(`roar/final/polls/p${i}`, `${i}`.padEnd(2_900), true)
    const memory = new MemoryTransport({ ...context.limits, kind: 'events' })
    const transport = Object.assign(memory, { onDrain() {}, onGone() {}, abort() {} })
    transport.stuck = true
    const origins = context.origins.of(transport.address)
    const stream = new EventStream(context, { transport, origins, claims: {}, filters: ['roar/final/#'] })
    stream.end(stopping(0))
    const waiting = transport.backlogBytes()
    transport.read(1)
    transport.onDrain()
    expect(context.slow.size).toBe(0)
    transport.read()
    transport.onDrain()
    expect(Buffer.concat(transport.sent)).toHaveLength(waiting)
    expect(transport.backlogBytes()).toBe(0)
  })
})

describe('messages from PubSub', () => {
  test.each([
    ['not of a show', 'other/final/mood', 'x'],
    ['a show and nothing more', 'roar/final', 'x'],
    ['a name with a wildcard', 'roar/final/#', 'x'],
    ['over the limit', 'roar/final/mood', 'x'.repeat(2_000)],
    ['a name over the limit', `roar/final/${'x'.repeat(200)}`, 'x'],
  ])('%s: dropped and counted', (_name, topic, payload) => {
    const { publish, hub } = hubRig({ limits: { messageBytesMax: 1_000 } })
    expect(publish(topic, payload)).toBeUndefined()
    expect(hub.context.counters.messagesDropped).toBe(1)
  })

  test('an empty retained message is heard and removes the value', () => {
    const { connected, publish } = hubRig()
    const [early, late] = [connected(), connected()]
    early.subscribe('roar/final/show')
    publish('roar/final/show', '7', true)
    publish('roar/final/show', '', true)
    late.subscribe('roar/final/show')
    expect(early.heard()).toEqual(['suback 0', 'show 0 7', 'show 0 '])
    expect(late.heard()).toEqual(['suback 0'])
  })

  test('at the bound of topics the oldest without a value is forgotten, and heard when it speaks again', () => {
    const { connected, publish, hub } = hubRig({ limits: { topicsMax: 2 } })
    const viewer = connected()
    viewer.subscribe('roar/final/#')
    publish('roar/final/kept', '1', true)
    publish('roar/final/a', '2')
    publish('roar/final/b', '3')
    publish('roar/final/a', '4')
    publish('roar/final/c', '5', true)
    expect(publish('roar/final/d', '6')).toBeUndefined()
    expect(viewer.heard()).toEqual(['suback 0', 'kept 0 1', 'a 0 2', 'b 0 3', 'a 0 4', 'c 0 5'])
    expect(hub.context.counters.messagesDropped).toBe(1)
  })
})

test('at the bound of topics one whose value has expired makes room, however many do not expire', () => {
  const { hub, connected, pass, context } = hubRig({ limits: { topicsMax: 200 } })
  const publish = (name: string, forMs?: number) =>
    hub.publish({
      topic: `roar/final/polls/${name}`,
      payload: new TextEncoder().encode('{"version":1}'),
      retain: true,
      ...(forMs && { properties: { expiresMs: context.now() + forMs } }),
    })
  for (let i = 0; i < 100; i++) publish(`stays${i}`)
  for (let i = 0; i < 99; i++) publish(`long${i}`, 60_000)
  publish('short', 1_000)
  const viewer = connected()
  viewer.subscribe('roar/final/polls/new')
  expect(publish('new')).toBeUndefined()
  pass(2_000)
  // It is found at the second look at the latest: a look is not at all of them.
  expect(publish('new') ?? publish('new')).toBeDefined()
  expect(viewer.heard()).toEqual(['suback 0', 'polls/new 0 {"version":1}'])
  expect(publish('another')).toBeUndefined()
  expect(context.topics.count('final')).toBe(200)
})

test('all values together are bounded in bytes: beyond them no value is taken until there is room, and none is lost', () => {
  const { publish, hub, pass, context } = hubRig({ limits: { topicsMax: 20 } })
  const big = 'x'.repeat(40_950)
  const bytesOf = (name: string) =>
    context.topics.get(`roar/final/${name}`)?.valueAt(context.now())?.payload.length
  publish('roar/final/polls/a', big, true)
  hub.publish({
    topic: 'roar/final/polls/b',
    payload: new TextEncoder().encode(big),
    retain: true,
    properties: { expiresMs: context.now() + 1_000 },
  })
  publish('roar/final/polls/c', 'y'.repeat(10), true)
  expect([bytesOf('polls/a'), bytesOf('polls/b'), bytesOf('polls/c')]).toEqual([40_950, 40_950, undefined])
  expect(context.counters.messagesDropped).toBe(1)
  pass(2_000)
  publish('roar/final/polls/c', 'y'.repeat(10), true)
  publish('roar/final/polls/a', '', true)
  publish('roar/final/polls/d', big, true)
  expect(['a', 'b', 'c', 'd'].map((name) => bytesOf(`polls/${name}`))).toEqual([
    undefined,
    undefined,
    10,
    40_950,
  ])
  expect(context.counters.messagesDropped).toBe(1)
})

test('a value that has expired makes room once, also for the next one of its own topic', () => {
  const { publish, hub, pass, context } = hubRig({ limits: { topicsMax: 20 } })
  const value = (name: string) => context.topics.get(`roar/final/polls/${name}`)?.valueAt(context.now())
  hub.publish({
    topic: 'roar/final/polls/a',
    payload: new TextEncoder().encode('x'.repeat(40_950)),
    retain: true,
    properties: { expiresMs: context.now() + 1_000 },
  })
  publish('roar/final/polls/b', 'x'.repeat(40_950), true)
  pass(2_000)
  publish('roar/final/polls/a', 'x'.repeat(40_980), true)
  expect(value('a')).toBeUndefined()
  publish('roar/final/polls/a', 'x'.repeat(40_970), true)
  expect([value('a')?.payload.length, context.counters.messagesDropped]).toEqual([40_970, 1])
})

test('closing says goodbye to everyone, in slices', () => {
  const { connected, hub } = hubRig()
  const viewers = Array.from({ length: 5 }, (_, i) => connected(i % 2 ? 5 : 4))
  const goodbye = hub.close(2, stopping(2))
  goodbye.next()
  expect(viewers.filter(({ closedWith }) => closedWith).length).toBe(2)
  for (const _ of goodbye);
  expect(viewers.map(({ closedWith }) => closedWith?.code)).toEqual(Array(5).fill(CLOSE.goingAway))
  expect(viewers.map((viewer) => viewer.heard())).toEqual([
    [],
    ['disconnect 139'],
    [],
    ['disconnect 139'],
    [],
  ])
  expect(hub.context.members.size).toBe(0)
})

test('connections and bytes are counted by transport and version', () => {
  const { connected, viewer, hub } = hubRig()
  connected(4)
  connected(5)
  connected(5)
  viewer()
  expect(hub.context.counters.connections.tcp).toEqual({ connecting: 1, v4: 1, v5: 2 })
  expect(hub.context.counters.bytesIn).toBeGreaterThan(0)
  expect(hub.context.counters.bytesOut).toBeGreaterThan(0)
})

describe('what a publisher of MQTT 5 says beside the payload', () => {
  const rigWith = () => {
    const rig = hubRig({ isRelay: ({ password }) => password !== undefined })
    const encode = (text: string) => new TextEncoder().encode(text)
    const say = (payload: string, properties: MessageProperties) =>
      rig.hub.publish({ topic: 'roar/final/mood', payload: encode(payload), retain: true, properties })
    return { ...rig, say }
  }
  const now = 1_000_000

  test('reaches a viewer of 5 as it came, live and retained, and none of 3.1.1 notices', () => {
    const { connected, say } = rigWith()
    const [early, old] = [connected(5), connected(4)]
    for (const viewer of [early, old]) viewer.subscribe('roar/final/mood')
    for (const viewer of [early, old]) viewer.heard()
    say('1', {
      isText: true,
      contentType: 'application/json',
      responseTopic: 'a/b',
      correlationData: Uint8Array.of(1, 2),
      userProperties: [
        ['source', 'x'],
        ['source', 'y'],
      ],
    })
    const late = connected(5)
    late.subscribe('roar/final/mood')
    late.packets().shift()
    const properties = {
      payloadFormatIndicator: true,
      contentType: 'application/json',
      responseTopic: 'a/b',
      correlationData: Buffer.of(1, 2),
      userProperties: { source: ['x', 'y'] },
    }
    expect(early.packets()).toMatchObject([{ cmd: 'publish', properties }])
    late.subscribe('roar/final/mood')
    expect(late.packets()[1]).toMatchObject({ cmd: 'publish', retain: true, properties })
    expect(old.heard()).toEqual(['mood 0 1'])
  })

  test('counts: a message that is too long with it is dropped', () => {
    const { say, context } = rigWith()
    const { messageBytesMax } = context.limits
    say('1', { userProperties: Array.from({ length: 8 }, () => ['x', 'y'.repeat(messageBytesMax / 8)]) })
    say('2', { correlationData: new Uint8Array(messageBytesMax) })
    say('3', { contentType: 'é'.repeat(messageBytesMax / 2) })
    expect(context.counters).toMatchObject({ messages: 3, messagesDropped: 3 })
    say('4', { correlationData: new Uint8Array(messageBytesMax / 2) })
    expect(context.counters.messagesDropped).toBe(3)
  })

  test('of how long a value is good for the rest is said, and then there is none [MQTT-3.3.2-5] [MQTT-3.3.2-6]', () => {
    const { connected, say, pass, context } = rigWith()
    say('1', { expiresMs: now + 10_000 })
    pass(4_000)
    const viewer = connected(5, { keepalive: 600 })
    viewer.subscribe('roar/final/mood')
    expect(viewer.packets()[1]).toMatchObject({ properties: { messageExpiryInterval: 6 } })
    pass(6_000)
    viewer.subscribe('roar/final/mood')
    expect(viewer.heard()).toEqual(['suback 0'])
    expect(context.topics.get('roar/final/mood')!.valueAt(context.now())).toBeUndefined()
  })

  test('the same value again is nothing, and one that is good for longer is for relays alone', () => {
    const { connected, say } = rigWith()
    const [viewer, relay] = [
      connected(5),
      connected(5, { username: '', password: Buffer.from('x') } as object),
    ]
    viewer.subscribe('roar/final/mood')
    relay.subscribe({ topic: 'roar/#', rap: true })
    for (const expiresMs of [10_000, 10_900, 60_000]) say('1', { expiresMs: now + expiresMs })
    say('1', {})
    say('1', {})
    expect(viewer.heard()).toEqual(['suback 0', 'mood 0 1'])
    expect(relay.heard()).toEqual(['suback 0', 'mood 1 1', 'mood 1 1', 'mood 1 1'])
  })
})

describe('a retained message that is no news', () => {
  test('goes to nobody, and nobody goes back', () => {
    const { connected, publish, context } = hubRig()
    const viewer = connected()
    viewer.subscribe('roar/final/#')
    for (const at of [2_000, 2_000, 1_000, 3_000, 2_000]) publish('roar/final/mood', `{"at":${at}}`, true)
    for (const version of [4, 3, 4, 5]) publish('roar/final/polls/mvp', `{"version":${version}}`, true)
    expect(viewer.heard()).toEqual([
      'suback 0',
      'mood 0 {"at":2000}',
      'mood 0 {"at":3000}',
      'polls/mvp 0 {"version":4}',
      'polls/mvp 0 {"version":5}',
    ])
    expect(context.counters).toMatchObject({ messages: 9, messagesRepeated: 2, messagesOlder: 3 })
  })

  test('a time far ahead blocks its topic neither before nor after what is of now', () => {
    const { connected, publish, context } = hubRig()
    const [now, ahead] = [context.now(), context.now() + 3_600_000]
    const viewer = connected()
    viewer.subscribe('roar/final/mood', 'roar/final/viewers')
    // The first value of a topic is accepted: this clock may be the wrong one.
    for (const at of [ahead, now, ahead + 1, now + 1]) publish('roar/final/mood', `{"at":${at}}`, true)
    for (const at of [now, ahead, now + 1]) publish('roar/final/viewers', `{"at":${at}}`, true)
    expect(viewer.heard()).toEqual([
      'suback 0,0',
      ...[ahead, now, now + 1].map((at) => `mood 0 {"at":${at}}`),
      ...[now, now + 1].map((at) => `viewers 0 {"at":${at}}`),
    ])
    expect(context.counters.messagesAhead).toBe(2)
  })

  test('a version that no log can hold blocks nothing, and one that leaps only for a minute', () => {
    const { connected, publish, pass, context } = hubRig()
    const viewer = connected()
    viewer.subscribe('roar/final/polls/mvp')
    const poll = (...versions: number[]) => {
      for (const version of versions) publish('roar/final/polls/mvp', `{"version":${version}}`, true)
    }
    poll(2 ** 53 - 1, 1, 2 ** 40, 2)
    pass(60_000)
    poll(3)
    expect(viewer.heard()).toEqual([
      'suback 0',
      ...[1, 2 ** 40, 3].map((version) => `polls/mvp 0 {"version":${version}}`),
    ])
    expect(context.counters).toMatchObject({ messagesAhead: 1, messagesOlder: 1 })
  })

  test('a value that was taken back does not come again from who has not heard of that', () => {
    const { connected, publish, pass, hub, context } = hubRig()
    const poll = (payload: string) => publish('roar/final/polls/mvp', payload, true)
    poll('{"version":7}')
    poll('')
    const viewer = connected()
    viewer.subscribe('roar/final/#')
    poll('{"version":7}')
    poll('')
    expect(viewer.heard()).toEqual(['suback 0'])
    poll('{"version":8}')
    expect(viewer.heard()).toEqual(['polls/mvp 0 {"version":8}'])
    // One that only expired does.
    const expiring = () =>
      hub.publish({
        topic: 'roar/final/mood',
        payload: new TextEncoder().encode('{"at":1}'),
        retain: true,
        properties: { expiresMs: context.now() + 1_000 },
      })
    expiring()
    pass(2_000)
    expiring()
    expect(viewer.heard()).toEqual(['mood 0 {"at":1}', 'mood 0 {"at":1}'])
  })

  test('of runs that are over: their polls and posts are gone once the show says a later one, also where nobody took them back', () => {
    const { connected, publish, context } = hubRig()
    publish('roar/final/polls/mvp', '{"version":7}', true)
    publish('roar/final/polls/late', '{"version":1,"run":2}', true)
    publish('roar/final/mood', '{"at":5}', true)
    publish('roar/final/show', '{"version":1}', true)
    publish('roar/final/feed', '{"posts":[{"id":"p1"}]}')
    const viewer = connected()
    viewer.subscribe('roar/final/#')
    viewer.heard()
    publish('roar/final/show', '{"version":2,"run":2}', true)
    expect(viewer.heard()).toEqual(['polls/mvp 0 ', 'show 0 {"version":2,"run":2}'])
    expect(context.feeds.earlier('final')).toMatchObject({ posts: [], removed: ['p1'] })
    publish('roar/final/polls/mvp', '{"version":8}', true)
    publish('roar/final/polls/other', '{"version":1,"run":1}', true)
    publish('roar/final/feed', '{"posts":[{"id":"p2"}]}')
    publish('roar/final/show', '{"version":3,"run":2}', true)
    publish('roar/final/polls/mvp-r2', '{"version":1,"run":2}', true)
    expect(viewer.heard()).toEqual([
      'feed 0 {"posts":[{"id":"p2"}]}',
      'show 0 {"version":3,"run":2}',
      'polls/mvp-r2 0 {"version":1,"run":2}',
    ])
    expect(context.feeds.earlier('final').posts).toHaveLength(1)
    const later = connected()
    later.subscribe('roar/final/#')
    expect(later.heard().toSorted()).toEqual([
      'mood 1 {"at":5}',
      'polls/late 1 {"version":1,"run":2}',
      'polls/mvp-r2 1 {"version":1,"run":2}',
      'show 1 {"version":3,"run":2}',
      'suback 0',
    ])
  })

  test('what takes back a value that was never there makes no topic', () => {
    const { publish, context } = hubRig()
    expect(publish('roar/final/polls/mvp', '', true)).toBeUndefined()
    expect([context.topics.count('final'), context.counters.messagesRepeated]).toEqual([0, 1])
    // One that is not retained is a message like any other.
    expect(publish('roar/final/polls/mvp', '')).toBeDefined()
  })

  test('a message that is not retained is always news', () => {
    const { connected, publish } = hubRig()
    const viewer = connected()
    viewer.subscribe('roar/final/feed')
    for (let i = 0; i < 2; i++) publish('roar/final/feed', '{"at":1}')
    expect(viewer.heard()).toEqual(['suback 0', 'feed 0 {"at":1}', 'feed 0 {"at":1}'])
  })
})
