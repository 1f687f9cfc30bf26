import { expect, test } from 'bun:test'
import mqttPacket, { type Packet } from 'mqtt-packet'
import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import { bend, dice } from '../../test/bend.ts'
import { hubRig, MemoryTransport } from '../../test/edge/hub-rig.ts'

/** Conversations that are bent and sent: how many. `SEEDS=1000000` for a long run; one that fails is named by its number. */
const SEEDS = Number(process.env.SEEDS ?? 3_000)

const FILTERS = [
  'roar/final/mood',
  'roar/final/#',
  'roar/final/+',
  'roar/#',
  '#',
  '$share/g/roar/final/mood',
  'roar/final/rooms/a',
]

/** What a client might say, all of it good MQTT. */
function conversation(version: MqttVersion, roll: (below: number) => number): Buffer[] {
  const filter = () => FILTERS[roll(FILTERS.length)]!
  const kinds: (() => Packet)[] = [
    () => ({ cmd: 'pingreq' }),
    () => ({
      cmd: 'subscribe',
      messageId: 1 + roll(9),
      subscriptions: Array.from({ length: 1 + roll(5) }, () => ({
        topic: filter(),
        qos: 0,
        nl: false,
        rap: roll(2) === 1,
        rh: 0,
      })),
    }),
    () => ({ cmd: 'unsubscribe', messageId: 1 + roll(9), unsubscriptions: [filter(), filter()] }),
    () => ({ cmd: 'publish', topic: 'roar/final/mood', payload: 'x', qos: 0, retain: false, dup: false }),
    () => ({ cmd: 'disconnect' }),
  ]
  const connect = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clientId: roll(3) === 0 ? '' : 'roar-edge-0123456789abcdef-1',
    clean: true,
    keepalive: roll(100),
    ...(roll(2) === 0 && { username: 'u', password: Buffer.from('p') }),
    ...(version === 5 &&
      roll(2) === 0 && { properties: { maximumPacketSize: 1 + roll(300), sessionExpiryInterval: roll(3) } }),
  } as Packet
  const packets = [connect, ...Array.from({ length: roll(6) }, () => kinds[roll(kinds.length)]!())]
  return packets.map((packet) => mqttPacket.generate(packet, { protocolVersion: version }))
}

test(`whatever is said, nothing breaks, nothing stays, and the neighbour hears on (${SEEDS} conversations)`, async () => {
  const rig = hubRig({ isRelay: ({ password }) => password !== undefined, verify: async () => ({}) })
  const { hub, context, publish, connected } = rig
  publish('roar/final/mood', '{"at":1}', true)
  const neighbour = connected(4, { keepalive: 0 })
  neighbour.subscribe('roar/final/feed')
  neighbour.heard()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const roll = dice(seed)
    const version = roll(2) === 0 ? 4 : 5
    const bytes = bend(Buffer.concat(conversation(version, roll)), roll)
    const transport = new MemoryTransport({ ...context.limits, address: `192.0.2.${roll(250)}` })
    const connection = hub.connect(transport)!
    try {
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + roll(bytes.length)
        connection.receive(bytes.subarray(at, end))
        at = end
      }
      if (seed % 50 === 0) publish('roar/final/feed', `${seed}`)
      if (seed % 10 === 0) await Promise.resolve()
    } catch (cause) {
      throw new Error(`seed ${seed}: ${bytes.toString('hex')}`, { cause })
    }
    connection.closed()
    if (seed % 1_000 === 0) rig.pass(10_000)
  }
  expect(neighbour.heard()).toEqual(
    Array.from({ length: Math.floor(SEEDS / 50) }, (_, i) => `feed 0 ${(i + 1) * 50}`),
  )
  expect([context.members.size, context.relays.size, context.slow.size, context.turnedAway]).toEqual([
    1, 0, 0, 0,
  ])
  expect(context.counters.connections.tcp).toEqual({ connecting: 0, v4: 1, v5: 0 })
  expect(context.topics.count('final')).toBe(2)
  const topic = context.topics.get('roar/final/mood')!
  expect([...context.topics.listeners(topic)]).toEqual([])
  expect(context.loop.hears('4 roar/final/mood') || context.loop.hears('5r roar/final/mood')).toBe(false)
}, 3_600_000)
