import { describe, expect, test } from 'bun:test'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { BunRequest } from 'bun'
import { systemClock } from '../../adapters/clock/clock.ts'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { mqttPubSub, SubscriptionRefused } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { relayClientId } from '../../engine/lineage.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { TREE_TOPIC } from '../../protocol/topics.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import type { HttpServer } from '../http/routes.ts'
import { createEdge } from './edge.ts'
import { startEdge } from './edge-fixture.ts'
import { relayRule } from './relay.ts'

const SECRET = 'only edges and bridges know this'
const relays = { isRelay: relayRule({ secret: SECRET, behindProxy: false }) }
const password = (text: string) => new TextEncoder().encode(text)
const withSecret = { username: 'relay', password: Buffer.from(SECRET) }

test('a relay hears every show, rooms too: values first, then what is live, with its RETAIN flag', () => {
  const { connected, publish } = hubRig(relays)
  publish('roar/final/mood', '1', true)
  publish('roar/final/feed', 'gone')
  const relay = connected(5, withSecret)
  relay.subscribe({ topic: 'roar/#', rap: true })
  publish('roar/other/mood', '2', true)
  publish('roar/final/rooms/gang', 'hi')
  publish('roar/final/mood', '3', true)
  expect(relay.heard()).toEqual([
    'suback 0',
    'mood 1 1',
    'roar/other/mood 1 2',
    'rooms/gang 0 hi',
    'mood 1 3',
  ])
})

test('an edge hears the sign of the root again once all values have come, however slow its line is and whatever comes meanwhile', () => {
  const { connected, publish, hub } = hubRig(relays)
  const pulse = (n: number) => hub.say(TREE_TOPIC, new TextEncoder().encode(`${n}`))
  pulse(1)
  for (let i = 0; i < 20; i++) publish(`roar/final/polls/p${i}`, 'x'.repeat(5_000), true)
  const relay = connected(5, { ...withSecret, clientId: relayClientId('0000000000000002') })
  relay.transport.stuck = true
  relay.subscribe({ topic: 'roar/#', rap: true })
  pulse(2)
  publish('roar/final/mood', '1', true)
  pulse(3)
  const heard: string[] = []
  for (let read = 0; read < 40; read++) {
    relay.reads(1)
    heard.push(...relay.heard().map((each) => each.replace(/ 1 x+$/, '')))
  }
  relay.transport.stuck = false
  relay.reads()
  heard.push(...relay.heard().map((each) => each.replace(/ 1 x+$/, '')))
  const signs = heard.filter((each) => each.startsWith(TREE_TOPIC))
  expect(signs).toEqual([2, 3, 3].map((n) => `${TREE_TOPIC} 1 ${n}`))
  expect(heard.filter((each) => each.startsWith('polls/'))).toHaveLength(20)
  expect(heard.at(-1)).toBe(`${TREE_TOPIC} 1 3`)
})

test('a parent that has not heard all itself does not say that this was all', () => {
  const signsWhere = (isInStep: boolean) => {
    const { connected, hub } = hubRig({ ...relays, isInStep: () => isInStep })
    hub.say(TREE_TOPIC, Uint8Array.of(0x31))
    const relay = connected(5, { ...withSecret, clientId: relayClientId('0000000000000002') })
    relay.subscribe({ topic: 'roar/#', rap: true })
    return relay.heard().slice(1)
  }
  expect(signsWhere(true)).toHaveLength(2)
  expect(signsWhere(false)).toHaveLength(1)
})

test('a relay needs no token where viewers do', () => {
  const { connected } = hubRig({ ...relays, verify: () => Promise.reject(new Error('not a token')) })
  const relay = connected(5, withSecret)
  relay.subscribe('roar/#')
  expect(relay.heard()).toEqual(['suback 0'])
})

describe.each(['mqtt', 'ws'] as const)('a relay over %s', (scheme) => {
  test('takes all values at once, and more that come while it does', async () => {
    const fixture = startEdge({ isRelay: () => true })
    const [topics, payload] = [200, 'x'.repeat(60_000)]
    for (let i = 0; i < topics; i++) fixture.publish(`roar/final/polls/p${i}`, payload, true)
    const url = scheme === 'mqtt' ? `mqtt://127.0.0.1:${fixture.tcpPort}` : fixture.webSocketUrl
    const relay = mqttPubSub({ url })
    const all = Promise.withResolvers<void>()
    const heard = new Set<string>()
    relay.subscribe('roar/#', ({ topic }) => {
      // None of these is anybody's value: a relay that was skipped would never get them.
      if (heard.size === 0) for (let i = 0; i < 100; i++) fixture.publish(`roar/final/rooms/r${i}`, payload)
      if (heard.add(topic).size === topics + 100) all.resolve()
    })
    await all.promise
    const { cutSlow, skipped } = fixture.edge.counters()
    expect([cutSlow, skipped]).toEqual([0, 0])
    await relay.close()
    await fixture.close()
  })
})

test('a relay with several addresses takes from the one that works, and goes to the next when it goes', async () => {
  const [waiting, working] = [startEdge({ isRelay: () => true }), startEdge({ isRelay: () => true })]
  waiting.edge.standBy(true)
  waiting.publish('roar/final/mood', 'stale', true)
  working.publish('roar/final/mood', 'new', true)
  const addresses = [waiting, working].map(({ tcpPort }) => `mqtt://127.0.0.1:${tcpPort}`)
  const heard: string[] = []
  const troubles: string[] = []
  let wake = () => {}
  const relay = mqttPubSub({
    url: addresses.join(','),
    random: () => 0.01,
    onTrouble: ({ message }) => void troubles.push(message),
  })
  relay.subscribe('roar/#', ({ payload }) => {
    heard.push(new TextDecoder().decode(payload))
    wake()
  })
  const hears = async (payload: string) => {
    while (heard.at(-1) !== payload) await new Promise<void>((resolve) => (wake = resolve))
  }
  await hears('new')
  expect(troubles).toContain(`127.0.0.1:${waiting.tcpPort}: Connection refused: Use another server`)
  await working.close()
  waiting.publish('roar/final/mood', 'newest', true)
  waiting.edge.standBy(false)
  await hears('newest')
  expect(heard).toEqual(['new', 'newest'])
  await relay.close()
  await waiting.close()
})

test('where there is no way to the root, who asks for everything is sent elsewhere, and a viewer of this machine stays', () => {
  const { connected, hub } = hubRig({ isRelay: () => true, relayRefusal: () => 'rootless' })
  const [bridge, viewer] = [connected(5), connected(5)]
  viewer.subscribe('roar/final/mood')
  bridge.subscribe('roar/#')
  expect([bridge.heard(), viewer.heard()]).toEqual([['disconnect 156'], ['suback 0']])
  hub.endRelays()
  expect(viewer.closedWith).toBeUndefined()
})

test('a relay of this machine that asks for what a viewer asks for is charged like one', () => {
  const { connected, publish } = hubRig({ isRelay: () => true, limits: { workBurstMax: 1_000 } })
  for (let i = 0; i < 300; i++) publish(`roar/final/polls/p${i}`, '1', true)
  const [hostile, relay] = [connected(5), connected(5)]
  for (let i = 0; i < 5; i++) {
    hostile.subscribe('roar/final/#')
    relay.subscribe('roar/#')
  }
  expect([hostile.closedWith?.code, relay.closedWith]).toEqual([CLOSE.flooding, undefined])
})

test('a relay that left waits for nothing', () => {
  const { connected, publish, hub } = hubRig(relays)
  const relay = connected(5, withSecret)
  relay.subscribe('roar/#')
  relay.say({ cmd: 'disconnect' })
  publish('roar/final/new', '1')
  expect([...hub.context.topics.listeners(hub.context.topics.get('roar/final/new')!)]).toEqual([])
})

test('of shows that nobody here has heard of no report is taken: made-up ones would be said to the edge above', () => {
  const { connected, publish, hub } = hubRig(relays)
  publish('roar/final/mood', '1', true)
  const relay = connected(5, withSecret)
  const viewers = { viewers: 7, segments: {} }
  const report = Object.fromEntries(['final', 'made-up', 'made-up-too'].map((show) => [show, viewers]))
  const payload = JSON.stringify(report)
  relay.say({ cmd: 'publish', topic: 'roar-viewers/me', payload, qos: 0, dup: false, retain: false })
  expect(relay.closedWith).toBeUndefined()
  expect([...hub.viewers()]).toEqual([['final', viewers]])
})

test('a viewer is refused the filter of relays, whatever password it brings', () => {
  const { connected } = hubRig(relays)
  for (const version of [4, 5] as const) {
    for (const more of [{}, { username: 'relay', password: Buffer.from('a guess') }]) {
      const viewer = connected(version, more)
      viewer.subscribe('roar/#')
      expect(viewer.heard()).toEqual([version === 5 ? 'suback 143' : 'suback 128'])
    }
  }
})

test('a relay has no filter beyond that one: the rest is as for viewers', () => {
  const relay = hubRig(relays).connected(5, withSecret)
  relay.subscribe('#', 'roar/+/mood', 'roar/final/mood')
  expect(relay.heard()).toEqual(['suback 143,143,0'])
})

test('where there is no secret this machine is trusted, and nobody behind a proxy', () => {
  const open = relayRule({ secret: '', behindProxy: false })
  expect([open({ password: undefined, local: true }), open({ password: undefined, local: false })]).toEqual([
    true,
    false,
  ])
  expect(relayRule({ secret: '', behindProxy: true })({ password: undefined, local: true })).toBe(false)
})

test('where there is a secret nothing else counts', () => {
  const rule = relayRule({ secret: SECRET, behindProxy: false })
  expect(rule({ password: password(SECRET), local: false })).toBe(true)
  expect(rule({ password: password(`${SECRET}!`), local: true })).toBe(false)
  expect(rule({ password: undefined, local: true })).toBe(false)
})

test('of certificates those of the list count, by any of their names, and this machine does not', () => {
  const rule = relayRule({ secret: '', names: ['e1.edges.example', '*.west.example'], behindProxy: false })
  const isRelay = (...names: string[]) => rule({ password: undefined, local: true, names })
  expect([isRelay('e1.edges.example'), isRelay('a', 'e7.west.example'), isRelay('*.west.example')]).toEqual([
    true,
    true,
    true,
  ])
  for (const name of [
    'e2.edges.example',
    'west.example',
    '.west.example',
    'a.b.west.example',
    '*.edges.example',
  ])
    expect([name, isRelay(name)]).toEqual([name, false])
  expect([isRelay(), rule({ password: undefined, local: true })]).toEqual([false, false])
  const any = relayRule({ secret: '', names: [], behindProxy: true })
  expect([
    any({ password: undefined, local: false, names: [] }),
    any({ password: undefined, local: true }),
  ]).toEqual([true, false])
})

test('a relay ends with its certificate, and one that has ended makes nobody a relay', () => {
  const rig = hubRig({ isRelay: relayRule({ secret: '', names: [], behindProxy: false }) })
  const comes = (expiresMs: number) => {
    const relay = rig.viewer(5)
    relay.transport.certificate = { names: [], expiresMs }
    relay.connect()
    relay.subscribe('roar/#')
    return relay
  }
  const [relay, late] = [comes(1_010_000), comes(1_000_000)]
  expect([relay.heard(), late.heard()]).toEqual([
    ['connack 0', 'suback 0'],
    ['connack 0', 'suback 143'],
  ])
  rig.pass(9_000)
  expect(relay.closedWith).toBeUndefined()
  rig.pass(2_000)
  expect([relay.heard(), relay.closedWith]).toEqual([
    ['disconnect 160'],
    { code: CLOSE.expired, reason: 'The certificate has expired' },
  ])
})

test('shows are learned from what is heard; until all was heard each one may be there', async () => {
  const pubsub = memoryPubSub()
  let isInStep = false
  const edge = createEdge({ pubsub, clock: new ManualClock(0), windowMs: 250, isInStep: () => isInStep })
  edge.start()
  const mood = edge.routes['/v1/shows/:show/mood']!.GET!
  const ask = (show: string) => {
    const request = Object.assign(new Request(`http://edge/v1/shows/${show}/mood`), { params: { show } })
    return mood(request as unknown as BunRequest, undefined as unknown as HttpServer) as Response
  }
  const say = (topic: string, payload: string) =>
    pubsub.publish({ topic, payload: new TextEncoder().encode(payload), retain: true })
  say('roar/$bridge/some-id', '1')
  expect(() => ask('final')).toThrow('this server does not know all shows yet')
  say('roar/other/show', '{"version":1}')
  expect(() => ask('final')).toThrow('this server does not know all shows yet')
  isInStep = true
  expect(() => ask('final')).toThrow('no such show')
  say('roar/final/mood', '{"n":1}')
  expect(await ask('final').text()).toBe('{"n":1}')
  const refused = Promise.withResolvers<unknown>()
  const { port } = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
  const viewer = mqttPubSub({ url: `mqtt://127.0.0.1:${port}`, onFault: refused.resolve })
  viewer.subscribe('roar/$bridge/#', () => {})
  expect(await refused.promise).toBeInstanceOf(SubscriptionRefused)
  await viewer.close()
  await edge.close()
})

/** Lets what waits on a clock happen for as long as something is not so. */
const until = async (clock: ManualClock, done: () => boolean) => {
  while (!done()) {
    clock.advance(500)
    await new Promise<void>((resume) => setImmediate(resume))
  }
}

test('a relay goes back to its first parent once that takes it, misses nothing and hears nothing twice', async () => {
  const [first, second] = [startEdge({ isRelay: () => true }), startEdge({ isRelay: () => true })]
  first.edge.standBy(true)
  const clock = new ManualClock(0)
  const heard: string[] = []
  const states: string[] = []
  const relay = mqttPubSub({
    url: [first, second].map(({ tcpPort }) => `mqtt://127.0.0.1:${tcpPort}`).join(','),
    subscribesOnly: true,
    clock,
    random: () => 0.5,
  })
  relay.onState((state) => void states.push(state))
  relay.subscribe('roar/#', ({ payload }) => void heard.push(new TextDecoder().decode(payload)))
  await until(clock, () => relay.state() === 'up')
  second.publish('roar/final/feed', 'by the second')
  await until(clock, () => heard.length === 1)
  first.edge.standBy(false)
  const relays = ({ edge }: typeof first) => edge.counters().connections.tcp.v5
  await until(clock, () => relays(first) === 1 && relays(second) === 0)
  for (const { publish } of [first, second]) publish('roar/final/feed', 'by the first')
  await until(clock, () => heard.length === 2)
  expect([heard, states]).toEqual([['by the second', 'by the first'], ['up']])
  await relay.close()
  await first.close()
  await second.close()
})

/** Another port that forwards to this one. */
function mapped(port: number) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  }).listen(0, '127.0.0.1')
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => void server.close(),
  }
}

test.each([
  ['by its address', (port: number) => ({ url: `mqtt://127.0.0.1:${port}`, stop() {} })],
  ['by a name', (port: number) => ({ url: `mqtt://localhost:${port}`, stop() {} })],
  ['through a port that is mapped to its own', mapped],
])(
  'an edge that is its own upstream, or has one that takes from it, is told that this would be a circle: %s',
  async (_how, alias) => {
    const ids = ['00000000000000aa', '00000000000000bb'] as const
    const ports = [await freePort(), await freePort()] as const
    const troubles: string[] = []
    const ways: { stop(): void }[] = []
    const join = (id: string, upstreams: readonly number[]) => {
      const pubsub = mqttPubSub({
        url: upstreams
          .map((port) => {
            const way = alias(port)
            ways.push(way)
            return way.url
          })
          .join(','),
        subscribesOnly: true,
        clientId: relayClientId(id),
        random: () => 0.01,
        onTrouble: ({ message }) => void troubles.push(message),
      })
      const edge = createEdge({ id, pubsub, clock: systemClock, windowMs: 250, isRelay: () => true })
      edge.start()
      return { edge, pubsub }
    }
    const root = startEdge({ isRelay: () => true, id: '00000000000000cc' })
    root.publish('roar/final/mood', '{"at":1}', true)
    const one = join(ids[0], [ports[0], root.tcpPort])
    const other = join(ids[1], [ports[0], ports[1]])
    one.edge.listenTcp({ hostname: '127.0.0.1', port: ports[0] })
    other.edge.listenTcp({ hostname: '127.0.0.1', port: ports[1] })
    const turn = () => new Promise<void>((resume) => setTimeout(resume, 5))
    while (other.edge.counters().messages === 0) await turn()
    // With the root gone, each edge could only have itself or one of its children as its parent.
    await root.close()
    while (troubles.filter((text) => text.includes('Use another server')).length < 4) await turn()
    expect(other.edge.counters().messages).toBe(1)
    for (const { edge, pubsub } of [one, other]) {
      await pubsub.close()
      await edge.close()
    }
    for (const way of ways) way.stop()
  },
)
