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
