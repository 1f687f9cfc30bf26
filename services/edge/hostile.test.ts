import { describe, expect, test } from 'bun:test'
import { CLOSE } from '../../protocol/close-codes.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import { CHARGES } from './charges.ts'

/** A show with many polls, each with a value. */
function busyShow(options: Parameters<typeof hubRig>[0] = {}, topics = 320) {
  const rig = hubRig(options)
  for (let i = 0; i < topics; i++) rig.publish(`roar/final/polls/p${i}`, `{"poll":"p${i}"}`, true)
  return rig
}
const times = (n: number, filter: string) => Array<string>(n).fill(filter)

describe('the work that packets may cause', () => {
  test('a filter that is named again and again in one packet is one filter', () => {
    const { connected, context } = busyShow()
    const viewer = connected()
    let looked = 0
    const { topics } = context
    const of = topics.of.bind(topics)
    topics.of = (scope) => {
      looked++
      return of(scope)
    }
    viewer.subscribe(...times(500, 'roar/final/#'))
    expect(viewer.heard()).toHaveLength(1 + 320)
    expect(viewer.connection.subscriptions.count).toBe(1)
    expect(looked).toBe(1)
  })

  test('who asks for all values ten times a second is charged for them and ended, and nobody else is', () => {
    const { connected, pass, context } = busyShow()
    const [hostile, calm] = [connected(5), connected(5)]
    calm.subscribe('roar/final/#')
    for (let i = 0; i < 300 && !hostile.closedWith; i++) {
      hostile.transport.sent = []
      hostile.subscribe(...times(500, 'roar/final/#'))
      pass(100)
    }
    expect(hostile.closedWith?.code).toBe(CLOSE.flooding)
    expect(hostile.heard().at(-1)).toBe('disconnect 150')
    expect(calm.closedWith).toBeUndefined()
    expect(context.counters.refused).toEqual({ work: 1 })
  })

  test('naming one filter four hundred times is charged four hundred times, where nothing else costs anything', () => {
    const { connected, pass } = hubRig()
    const hostile = connected(5)
    for (let i = 0; i < 300 && !hostile.closedWith; i++) {
      hostile.subscribe(...times(400, 'roar/final/mood'))
      pass(20)
    }
    expect(hostile.closedWith?.code).toBe(CLOSE.flooding)
  })

  test.each([
    ['other wildcards each time', (i: number) => [`roar/final/+/x${i}`, `roar/final/+/y${i}`]],
    [
      'the same filter with other options',
      (i: number) => [{ topic: 'roar/final/#', rap: i % 2 === 0, rh: 2 as const }],
    ],
  ])('%s, taken back each time, is charged too', (_name, filters) => {
    const { connected, pass } = busyShow()
    const hostile = connected(5)
    for (let i = 0; i < 3_000 && !hostile.closedWith; i++) {
      const wanted = filters(i)
      hostile.subscribe(...wanted)
      if (typeof wanted[0] === 'string') hostile.unsubscribe(...(wanted as string[]))
      pass(20)
    }
    expect(hostile.closedWith?.code).toBe(CLOSE.flooding)
  })

  test('each thing is charged as the table says, and of one thing one line alone', () => {
    const { connected, context } = busyShow({}, 20)
    const viewer = connected(5)
    const { changed, compared, named } = CHARGES
    const charged = (act: () => void): number => {
      let steps = 0
      const { charge, debit } = viewer.connection
      viewer.connection.charge = (more) => {
        steps += more
        return charge.call(viewer.connection, more)
      }
      viewer.connection.debit = (more) => {
        steps += more
        debit.call(viewer.connection, more)
      }
      act()
      Object.assign(viewer.connection, { charge, debit })
      return steps
    }
    const subscribing = (...filters: Parameters<typeof viewer.subscribe>) =>
      charged(() => viewer.subscribe(...filters))
    const leaving = (...filters: string[]) => charged(() => viewer.unsubscribe(...filters))
    const [one, all] = ['roar/final/polls/p1', 'roar/final/polls/+']
    // Its value is shorter than 64 bytes.
    expect(subscribing(one)).toBe(changed + compared + 1)
    expect(subscribing({ topic: one, rh: 1 })).toBe(named)
    expect(subscribing(one)).toBe(named + compared + 1)
    expect(subscribing({ topic: one, rap: true, rh: 2 })).toBe(changed + compared)
    expect(subscribing(...times(3, 'roar/final/show'))).toBe(changed + compared + 2 * named)
    expect(subscribing('#', 'roar/other/mood')).toBe(2 * named)
    expect(subscribing(all)).toBe(changed + 20 * compared + 20)
    expect(leaving(one, one)).toBe(changed + 2 * compared + named)
    expect(leaving(all)).toBe(changed + 20 * 2 * compared)
    expect(leaving('roar/final/show')).toBe(changed + compared)
    expect(leaving('roar/final/show', 'never/heard')).toBe(2 * named)
    expect(context.counters.refused.work).toBeUndefined()
  })

  test('a new connection for each packet does not help: an address has an allowance too, and another one its own', () => {
    const { viewer: newViewer, context } = busyShow({ limits: { workBurstMax: 5_000 } })
    const attack = (address: string) => {
      for (let i = 0; i < 2_000; i++) {
        const viewer = newViewer(4, address)
        viewer.connect()
        viewer.subscribe(...Array.from({ length: 60 }, (_, j) => `roar/final/+/${i}/${j}`))
        if (viewer.closedWith?.code === CLOSE.flooding) return i
        viewer.say({ cmd: 'disconnect' })
      }
      return undefined
    }
    expect(attack('192.0.2.7')).toBeGreaterThan(1)
    expect(attack('192.0.2.7')).toBe(0)
    expect(context.counters.refused.work).toBe(2)
    expect(attack('192.0.2.8')).toBeGreaterThan(1)
  })

  test('connections of one address that stay below their own limits are held to what it may send together', () => {
    const { viewer: newViewer, context, pass } = hubRig()
    const crowd = Array.from({ length: 200 }, () => newViewer(4, '192.0.2.7'))
    const calm = newViewer(4, '192.0.2.8')
    for (const viewer of [...crowd, calm]) viewer.connect({ keepalive: 0 })
    for (let tenths = 0; tenths < 120; tenths++) {
      for (const viewer of crowd) for (let i = 0; i < 9; i++) viewer.bytes([0xc0, 0])
      pass(100)
    }
    expect(crowd.filter(({ closedWith }) => closedWith?.code === CLOSE.flooding).length).toBeGreaterThan(10)
    expect(Object.keys(context.counters.refused)).toEqual(['address_packets'])
    expect(calm.closedWith).toBeUndefined()
  })

  test('ten thousand viewers behind one address come back as fast as they may', () => {
    const { viewer: newViewer, pass, context } = hubRig()
    const topics = ['mood', 'feed', 'show', 'viewers', 'polls/+', 'mood/home']
    // The burst of two seconds for all, then 400 a second.
    for (let back = 0; back < 10_000; back += back === 0 ? 4_000 : 400) {
      for (let i = 0; i < (back === 0 ? 4_000 : 400); i++) {
        const viewer = newViewer(4, '192.0.2.7')
        viewer.connect()
        viewer.subscribe(...topics.map((topic) => `roar/final/${topic}`))
      }
      pass(1_000)
    }
    expect(context.counters.refused).toEqual({})
  })

  test('a viewer that names sixty filters in one go is served', () => {
    const { connected } = busyShow()
    const viewer = connected()
    viewer.subscribe(...Array.from({ length: 60 }, (_, i) => `roar/final/polls/p${i}`))
    expect(viewer.heard()).toHaveLength(1 + 60)
    expect(viewer.closedWith).toBeUndefined()
  })

  test('no wildcard of a viewer looks at rooms, however many there are', () => {
    const { connected, publish, context } = hubRig()
    publish('roar/final/mood', '1', true)
    for (let i = 0; i < 2_000; i++) publish(`roar/final/rooms/r${i}`, 'psst')
    const viewer = connected()
    viewer.subscribe('roar/final/#')
    expect([...context.topics.of('final')].map(({ name }) => name)).toEqual(['roar/final/mood'])
    expect(viewer.heard()).toEqual(['suback 0', 'mood 1 1'])
  })
})

describe('the limits of an address', () => {
  const limits = { addressConnectionsMax: 2 }

  test('one connection more is told to come again, and taken when another one has left', () => {
    const { viewer: newViewer, context } = hubRig({ limits, random: () => 0.5 })
    const [one, two, three] = [newViewer(5), newViewer(5), newViewer(5)]
    for (const viewer of [one, two, three]) viewer.connect()
    expect([one, two, three].map((viewer) => viewer.heard())).toEqual([
      ['connack 0'],
      ['connack 0'],
      ['connack 151'],
    ])
    expect(three.closedWith).toEqual({
      code: CLOSE.tryAgainLater,
      reason: 'Too many connections from this address: retry in 6 s',
    })
    expect(context.counters.refused.address_connections).toBe(1)
    one.say({ cmd: 'disconnect' })
    const four = newViewer(4)
    four.connect()
    expect(four.heard()).toEqual(['connack 0'])
  })

  test('an IPv6 /64 is one address, and a /48 has sixteen times as much', () => {
    const { viewer: newViewer } = hubRig({ limits })
    const taken = (address: string) => {
      const viewer = newViewer(4, address)
      viewer.connect()
      return viewer.heard().join() === 'connack 0'
    }
    expect([taken('2001:db8:1:1::1'), taken('2001:db8:1:1::2'), taken('2001:db8:1:1::3')]).toEqual([
      true,
      true,
      false,
    ])
    const others = Array.from({ length: 40 }, (_, i) => taken(`2001:db8:1:${(i + 2).toString(16)}::1`))
    // The one that was turned away is gone.
    expect(others.filter(Boolean)).toHaveLength(2 * 16 - 2)
    expect(taken('2001:db8:2:1::1')).toBe(true)
  })

  test('new connections are limited', () => {
    const { viewer: newViewer, context, pass } = hubRig({ limits: { addressConnectsPerSecond: 1 } })
    const come = () => {
      const viewer = newViewer(5)
      viewer.connect()
      return viewer.heard().join()
    }
    const heard = Array.from({ length: 12 }, come)
    expect(heard).toEqual([...times(10, 'connack 0'), ...times(2, 'connack 159')])
    expect(context.counters.refused.address_connects).toBe(2)
    pass(1_500)
    expect(come()).toBe('connack 0')
  })

  test('wrong tokens are limited: above it none is looked at', async () => {
    let verified = 0
    const { viewer: newViewer, context } = hubRig({
      limits: { addressBadTokensPerMinute: 1 },
      verify: async () => {
        verified++
        throw new Error('bad')
      },
    })
    const guess = async (version: 4 | 5) => {
      const viewer = newViewer(version)
      viewer.connect({ username: '', password: Buffer.from('guess') })
      await Promise.resolve()
      await Promise.resolve()
      return viewer.heard().join()
    }
    expect([await guess(5), await guess(5), await guess(4)]).toEqual([
      'connack 134',
      'connack 159',
      'connack 3',
    ])
    expect([verified, context.counters.refused.address_bad_tokens]).toEqual([1, 2])
  })

  test('bytes are limited', () => {
    const { viewer: newViewer, context } = hubRig({ limits: { addressBytesPerSecond: 100 } })
    const talker = newViewer(4)
    talker.connect()
    for (let i = 0; i < 600; i++) talker.say({ cmd: 'pingreq' })
    expect(talker.closedWith?.code).toBe(CLOSE.flooding)
    expect(context.counters.refused).toEqual({ address_bytes: 1 })
  })

  test('this machine is free of them, unless it is told not to be', () => {
    for (const limitLoopback of [false, true]) {
      const { viewer: newViewer } = hubRig({ limits, limitLoopback })
      const viewers = Array.from({ length: 3 }, () => newViewer(4, '::ffff:127.0.0.1'))
      for (const viewer of viewers) viewer.connect()
      expect(viewers.at(-1)!.heard()).toEqual([limitLoopback ? 'connack 3' : 'connack 0'])
    }
  })

  test('an edge says once that it is full, and once that it has room again', () => {
    const said: boolean[] = []
    const { viewer: newViewer, pass } = hubRig({
      limits: { connectionsMax: 20 },
      onFull: (isFull) => void said.push(isFull),
    })
    const viewers = Array.from({ length: 25 }, () => newViewer())
    for (const viewer of viewers) viewer.connect({ keepalive: 0 })
    pass(1_000)
    expect(said).toEqual([true])
    for (const viewer of viewers.slice(0, 3)) viewer.say({ cmd: 'disconnect' })
    pass(1_000)
    expect(said).toEqual([true, false])
  })

  test('sockets that wait to be turned away are bounded, and go in their time', () => {
    const { viewer: newViewer, hub, pass } = hubRig({ limits: { connectionsMax: 1 } })
    newViewer().connect()
    const waiting = Array.from({ length: 300 }, () => newViewer())
    expect(waiting.filter(({ connection }) => connection !== undefined)).toHaveLength(200)
    pass(11_000)
    expect(hub.context.members.size).toBe(1)
  })
})
