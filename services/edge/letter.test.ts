import { describe, expect, test } from 'bun:test'
import mqttPacket from 'mqtt-packet'
import { CLOSE } from '../../protocol/close-codes.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'

/** Clauses of MQTT that a subscribe-only server can break without a viewer of its own noticing. */

const clientMax = (maximumPacketSize: number) => ({ properties: { maximumPacketSize } })

describe('a client that takes only small packets', () => {
  test('is told why it is ended without the text that does not fit [MQTT-3.14.2-3]', () => {
    const viewer = hubRig().connected(5, clientMax(40))
    viewer.bytes([0xc1, 0])
    expect(viewer.packets()).toMatchObject([{ cmd: 'disconnect', reasonCode: 129, length: 1 }])
    expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
  })

  test.each([
    ['SUBACK', (n: number) => (viewer: Viewer) => viewer.subscribe(...topics(n))],
    ['UNSUBACK', (n: number) => (viewer: Viewer) => viewer.unsubscribe(...topics(n))],
  ])('is ended where its %s does not fit: it would wait for ever [MQTT-3.1.2-24]', (_answer, ask) => {
    for (const [n, ended] of [
      [20, false],
      [40, true],
    ] as const) {
      const viewer = hubRig().connected(5, clientMax(26))
      ask(n)(viewer)
      expect(viewer.closedWith?.code).toBe(ended ? CLOSE.tooLarge : undefined)
      if (ended) expect(viewer.heard()).toEqual(['disconnect 149'])
    }
  })

  test('is refused without the text that does not fit [MQTT-3.2.2-19]', () => {
    const { viewer: newViewer } = hubRig({ tokensDemanded: true })
    const viewer = newViewer(5)
    viewer.connect()
    expect(viewer.packets()).toMatchObject([
      {
        cmd: 'connack',
        reasonCode: 135,
        properties: { reasonString: 'A token is needed here, as the password' },
      },
    ])
  })
})

type Viewer = ReturnType<ReturnType<typeof hubRig>['connected']>
const topics = (n: number) => Array.from({ length: n }, (_, i) => `roar/final/t${i}`)

describe('DISCONNECT', () => {
  const goes = (connect: number | undefined, disconnect: number | undefined) => {
    const interval = (s: number | undefined) =>
      s === undefined ? {} : { properties: { sessionExpiryInterval: s } }
    const viewer = hubRig().connected(5, interval(connect))
    viewer.say({ cmd: 'disconnect', reasonCode: 0, ...interval(disconnect) } as never)
    return viewer.heard()
  }
  test('may not keep a session that CONNECT said would end (section 3.14.2.2.2)', () => {
    expect(goes(0, 100)).toEqual(['disconnect 130'])
    expect(goes(undefined, 100)).toEqual(['disconnect 130'])
    expect([goes(0, 0), goes(undefined, undefined), goes(60, 100), goes(60, 0)]).toEqual([[], [], [], []])
  })
})

describe('a shared subscription', () => {
  const asks = (topic: string, nl: boolean) => {
    const viewer = hubRig().connected(5)
    viewer.bytes(
      mqttPacket.generate(
        {
          cmd: 'subscribe',
          messageId: 1,
          subscriptions: [{ topic, qos: 0, nl, rap: false, rh: 0 }],
        } as never,
        { protocolVersion: 5 },
      ),
    )
    return viewer.heard()
  }
  test('with No Local is a protocol error [MQTT-3.8.3-4]', () => {
    expect(asks('$share/group/roar/final/mood', true)).toEqual(['disconnect 130'])
    expect(asks('$share/group/roar/final/mood', false)).toEqual(['suback 158'])
    expect(asks('roar/final/mood', true)).toEqual(['suback 0'])
  })

  test.each(['$share/group', '$share/group/', '$share//roar/final/mood', '$share/gr+oup/roar/final/mood'])(
    'of the form %s ends the connection [MQTT-4.8.2-1] [MQTT-4.8.2-2]',
    (filter) => expect(asks(filter, false)).toEqual(['disconnect 143']),
  )
})

test('a will of a 3.1.1 client is refused for good, whatever its QoS', () => {
  for (const qos of [0, 1, 2] as const) {
    const viewer = hubRig().viewer(4)
    viewer.connect({ will: { topic: 'a', payload: Buffer.of(), qos, retain: false } } as object)
    expect(viewer.heard()).toEqual(['connack 5'])
  }
})

test('a filter named twice in one packet is as if it came twice: each has its code, the last options stay', () => {
  const { connected, publish } = hubRig()
  publish('roar/final/mood', 'kept', true)
  const viewer = connected(5)
  const mood = 'roar/final/mood'
  viewer.subscribe({ topic: mood, rap: false, rh: 2 }, { topic: mood, rap: true, rh: 1 })
  publish(mood, 'live', true)
  expect(viewer.heard()).toEqual(['suback 0,0', 'mood 1 live'])
  viewer.subscribe({ topic: mood, rap: true, rh: 0 }, { topic: mood, rap: false, rh: 2 })
  publish(mood, 'next', true)
  expect(viewer.heard()).toEqual(['suback 0,0', 'mood 1 live', 'mood 0 next'])
})

describe.each([4, 5] as const)('version %d', (version) => {
  const suback = version === 4 ? 128 : 143

  test('after a refused CONNECT nothing that follows is processed [MQTT-3.1.4-5, of 5: MQTT-3.1.4-6]', () => {
    const { viewer: newViewer, context } = hubRig({ tokensDemanded: true })
    const viewer = newViewer(version)
    viewer.connect()
    viewer.subscribe('roar/final/mood')
    viewer.say({ cmd: 'pingreq' })
    expect(viewer.packets().map(({ cmd }) => cmd)).toEqual(['connack'])
    expect(context.counters.refused).toEqual({ not_authorized: 1 })
  })

  test('what follows DISCONNECT is not processed [MQTT-3.14.4-1] [MQTT-3.14.4-2]', () => {
    const viewer = hubRig().connected(version)
    const bytes = [{ cmd: 'disconnect' }, { cmd: 'pingreq' }].map((packet) =>
      mqttPacket.generate(packet as never, { protocolVersion: version }),
    )
    viewer.bytes(Buffer.concat(bytes))
    expect(viewer.heard()).toEqual([])
    expect(viewer.closedWith?.code).toBe(1000)
  })

  test('a client id of 23 letters and digits is accepted, and so is any other text [MQTT-3.1.3-5] [MQTT-3.1.3-6]', () => {
    for (const clientId of ['abcdefghijKLMNOPQRS0123', 'x'.repeat(1_000), '\u{1f986} / # +']) {
      const viewer = hubRig().viewer(version)
      viewer.connect({ clientId } as never)
      expect(viewer.heard()).toEqual(['connack 0'])
    }
  })

  test('SUBACK and UNSUBACK have the packet identifier, and a code for each filter in its order [MQTT-3.8.4-2] [MQTT-3.9.3-1] [MQTT-3.10.4-4]', () => {
    const viewer = hubRig().connected(version)
    viewer.subscribe('roar/final/mood', '#', 'roar/final/feed', 'roar/other/mood')
    viewer.unsubscribe('roar/final/feed', 'roar/final/never', 'roar/final/mood')
    expect(viewer.packets()).toMatchObject([
      { cmd: 'suback', messageId: 1, granted: [0, suback, 0, suback] },
      { cmd: 'unsuback', messageId: 2, ...(version === 5 && { granted: [0, 17, 0] }) },
    ])
  })

  test('a multi-level wildcard includes its parent, a single-level one matches an empty level and no more [sections 4.7.1.2 and 4.7.1.3]', () => {
    const { connected, publish } = hubRig()
    const [multi, single] = [connected(version), connected(version)]
    multi.subscribe('roar/final/mood/#')
    single.subscribe('roar/final/mood/+')
    multi.heard()
    single.heard()
    for (const topic of ['mood', 'mood/', 'mood/home', 'mood/home/x', 'moods'])
      publish(`roar/final/${topic}`, '1')
    expect(multi.heard()).toEqual(['mood 0 1', 'mood/ 0 1', 'mood/home 0 1', 'mood/home/x 0 1'])
    expect(single.heard()).toEqual(['mood/ 0 1', 'mood/home 0 1'])
  })

  test('filters are compared letter by letter: case, a slash at the end and a byte order mark are letters [MQTT-4.7.3-4] [MQTT-1.5.3-3]', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/Mood', 'roar/final/mood/', 'roar/final/\uFEFFmood', '\uFEFFroar/final/mood')
    expect(viewer.heard()).toEqual([`suback 0,0,0,${suback}`])
    publish('roar/final/mood', '1', true)
    expect(viewer.heard()).toEqual([])
    publish('roar/final/\uFEFFmood', '2', true)
    expect(viewer.heard()).toEqual(['\uFEFFmood 0 2'])
  })

  test('UNSUBSCRIBE takes back the filter of the same letters, not what it matches [MQTT-3.10.4-1] [MQTT-3.10.4-2]', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/mood', 'roar/final/+/x')
    viewer.unsubscribe('roar/final/+', 'roar/final/#')
    viewer.heard()
    publish('roar/final/mood', '1')
    viewer.unsubscribe('roar/final/mood')
    publish('roar/final/mood', '2')
    expect(viewer.heard()[0]).toBe('mood 0 1')
    expect(viewer.heard()).toEqual([])
  })

  test('messages of one topic come in the order in which they were published, retained ones among them [MQTT-4.6.0-6]', () => {
    const { connected, publish } = hubRig()
    const viewer = connected(version)
    viewer.subscribe('roar/final/feed')
    viewer.heard()
    for (let i = 0; i < 20; i++) publish('roar/final/feed', `${i}`, i % 3 === 0)
    expect(viewer.heard()).toEqual(Array.from({ length: 20 }, (_, i) => `feed 0 ${i}`))
  })

  test('a SUBSCRIBE that is sent again brings the retained values again [MQTT-3.8.4-3, of 5: MQTT-3.8.4-4]', () => {
    const { connected, publish } = hubRig()
    publish('roar/final/mood', '1', true)
    const viewer = connected(version)
    viewer.subscribe('roar/final/mood')
    viewer.subscribe('roar/final/mood')
    publish('roar/final/mood', '2', true)
    expect(viewer.heard()).toEqual(['suback 0', 'mood 1 1', 'suback 0', 'mood 1 1', 'mood 0 2'])
  })
})

describe('version 5 alone', () => {
  test('CONNACK says what is not offered, and each assigned client id is another one [MQTT-3.2.2-9] [MQTT-3.2.2-16]', () => {
    let ids = 0
    const { viewer: newViewer } = hubRig({ newClientId: () => `assigned ${++ids}` })
    const said = [1, 2].map(() => {
      const viewer = newViewer(5)
      viewer.connect({ clientId: '' })
      return viewer.packets()[0] as { properties?: object }
    })
    for (const [i, packet] of said.entries()) {
      expect(packet).toMatchObject({
        sessionPresent: false,
        properties: {
          maximumQoS: 0,
          subscriptionIdentifiersAvailable: false,
          sharedSubscriptionAvailable: false,
          assignedClientIdentifier: `assigned ${i + 1}`,
        },
      })
      expect(packet.properties).not.toHaveProperty('topicAliasMaximum')
    }
  })

  test('who asks for no problem information is told none, but why it is ended [MQTT-3.1.2-29]', () => {
    const viewer = hubRig().connected(5, { properties: { requestProblemInformation: false } } as never)
    viewer.subscribe('#')
    viewer.unsubscribe('roar/final/never')
    for (const packet of viewer.packets()) expect(packet).not.toMatchObject({ properties: expect.anything() })
  })

  test.each([
    ['what is no CONNECT', [0xe0, 0]],
    ['a CONNECT with a maximum of zero', [0x10, 16, 0, 4, 77, 81, 84, 84, 5, 2, 0, 0, 3, 33, 0, 0, 0, 0]],
  ])('a server says DISCONNECT to nobody who had no CONNACK: %s [MQTT-3.14.0-1]', (_what, bytes) => {
    const viewer = hubRig().viewer(5)
    viewer.bytes(bytes)
    expect(viewer.packets().filter(({ cmd }) => cmd === 'disconnect')).toEqual([])
    expect(viewer.closedWith?.code).toBe(CLOSE.protocolError)
  })

  test('the keep-alive that the server grants is the one that is held to [MQTT-3.2.2-21]', () => {
    const { viewer: newViewer, pass } = hubRig({ limits: { keepAliveMaxS: 10 } })
    const viewer = newViewer(5)
    viewer.connect({ keepalive: 0 })
    expect(viewer.packets()).toMatchObject([{ properties: { serverKeepAlive: 10 } }])
    pass(14_500)
    expect(viewer.closedWith).toBeUndefined()
    pass(1_000)
    expect(viewer.heard()).toEqual(['disconnect 141'])
  })

  test('user properties may be there more than once, wherever they may be (sections 3.8.2.1.3 and 3.10.2.1.2)', () => {
    const properties = { userProperties: { a: ['1', '2'], b: '3' } }
    const viewer = hubRig().connected(5, { properties } as never)
    viewer.say({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'roar/final/mood', qos: 0 }],
      properties,
    } as never)
    viewer.say({
      cmd: 'unsubscribe',
      messageId: 2,
      unsubscriptions: ['roar/final/mood'],
      properties,
    } as never)
    viewer.say({ cmd: 'disconnect', reasonCode: 0, properties } as never)
    expect(viewer.heard()).toEqual(['suback 0', 'unsuback 0'])
    expect(viewer.closedWith?.code).toBe(1000)
  })
})
