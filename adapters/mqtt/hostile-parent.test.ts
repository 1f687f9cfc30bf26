import { afterEach, expect, test } from 'bun:test'
import type { Socket } from 'bun'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { until } from '../../test/until.ts'
import { ManualClock } from '../clock/clock-manual.ts'
import type { PubSub } from '../pubsub/pubsub.ts'
import { mqttPubSub } from './pubsub-mqtt.ts'

const v5 = { protocolVersion: 5 }
const bytesOf = (packet: Packet): Uint8Array => mqttPacket.generate(packet, v5)
const connack = bytesOf({ cmd: 'connack', reasonCode: 0, sessionPresent: false } as Packet)
const suback = (messageId: number) => bytesOf({ cmd: 'suback', messageId, granted: [0] } as Packet)
const publish = (topic: string, payload: string): Uint8Array =>
  bytesOf({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false } as Packet)

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** @param id Of the packet that is answered. */
type Says = (socket: Socket<undefined>, id: number, packet: Packet) => void

/** What listens as a broker does and says what a test has it say. @param options.closes When the other side has said goodbye. */
function parent(
  says: Partial<Record<'connect' | 'subscribe' | 'publish', Says>>,
  { closes = true }: { closes?: boolean } = {},
): string {
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    allowHalfOpen: true,
    socket: {
      end(socket) {
        if (closes) socket.end()
      },
      data(socket, chunk) {
        const parser = mqttPacket.parser(v5)
        parser.on('packet', (packet) =>
          says[packet.cmd as 'connect']?.(socket, packet.messageId ?? 0, packet),
        )
        parser.parse(Buffer.from(chunk))
      },
    },
  })
  ends.push(() => server.stop(true))
  return `mqtt://127.0.0.1:${server.port}`
}

const good = {
  connect: (socket: Socket<undefined>) => void socket.write(connack),
  subscribe: (socket: Socket<undefined>, id: number) =>
    void socket.write(Buffer.concat([suback(id), publish('roar/final/mood', 'from the good one')])),
}

/** Who listens to the first parent, and to the second where the first is no good. */
function child(...urls: string[]) {
  const clock = new ManualClock(1_000_000)
  const heard: string[] = []
  const troubles: string[] = []
  const pubsub: PubSub = mqttPubSub({
    ...{ url: urls.join(), clock, random: () => 0, subscribesOnly: true },
    onTrouble: ({ message }) => troubles.push(message),
    onFault: () => {},
  })
  ends.push(() => pubsub.close())
  pubsub.subscribe('roar/#', ({ topic, payload }) =>
    heard.push(`${topic} ${new TextDecoder().decode(payload)}`),
  )
  return { clock, heard, troubles, pubsub }
}

test('a parent that answers all but SUBSCRIBE is left for the next one', async () => {
  let asked = 0
  const { clock, heard, troubles } = child(
    parent({ connect: good.connect, subscribe: () => asked++ }),
    parent(good),
  )
  await until(() => asked > 0)
  clock.advance(9_999)
  expect(troubles).toEqual([])
  clock.advance(1)
  await until(() => {
    clock.advance(1)
    return heard.length > 0
  })
  expect(heard).toEqual(['roar/final/mood from the good one'])
  expect(troubles).toEqual(['the subscription to roar/# was not answered in time'])
})

test('a broker that acknowledges nothing is left for the next one, which gets the newest value of each topic', async () => {
  const clock = new ManualClock(1_000_000)
  const [troubles, taken]: [string[], number[]] = [[], []]
  let asked = 0
  const mute = parent({ connect: good.connect, publish: () => asked++ })
  const pubsub = mqttPubSub({
    ...{
      url: `${mute},${parent({ ...good, publish: (_socket, id) => taken.push(id) })}`,
      clock,
      random: () => 0,
    },
    ...{ closeMs: 0, onTrouble: ({ message }: Error) => troubles.push(message) },
  })
  ends.push(() => {
    const closed = pubsub.close()
    clock.advance(5_000)
    return closed
  })
  await until(() => pubsub.state() === 'up')
  pubsub.publish({ topic: 'roar/final/mood', payload: Uint8Array.of(1), retain: true })
  await until(() => asked > 0)
  clock.advance(9_999)
  expect(troubles).toEqual([])
  clock.advance(1)
  await until(() => {
    clock.advance(1)
    return taken.length > 0
  })
  expect(troubles).toEqual([expect.stringContaining('was not acknowledged in time')])
})

test('a broker has its whole time for what is published after a silence', async () => {
  const clock = new ManualClock(1_000_000)
  const troubles: string[] = []
  let asked = 0
  const mute = parent({ connect: good.connect, publish: () => asked++ })
  const pubsub = mqttPubSub({
    url: mute,
    clock,
    closeMs: 0,
    onTrouble: ({ message }) => troubles.push(message),
  })
  ends.push(() => {
    const closed = pubsub.close()
    clock.advance(5_000)
    return closed
  })
  await until(() => pubsub.state() === 'up')
  clock.advance(9_999)
  pubsub.publish({ topic: 'roar/final/mood', payload: Uint8Array.of(1), retain: true })
  await until(() => asked > 0)
  clock.advance(9_999)
  expect(troubles).toEqual([])
  clock.advance(1)
  expect(troubles).toEqual([expect.stringContaining('was not acknowledged in time')])
})

test('what was refused is published again behind nothing newer of its topic', async () => {
  const clock = new ManualClock(1_000_000)
  const NOT_AUTHORIZED = 0x87
  const puback = (messageId: number, reasonCode = 0) =>
    bytesOf({ cmd: 'puback', messageId, reasonCode } as Packet)
  const came: { said: string; answer: (reason?: number) => void }[] = []
  const broker = parent({
    connect: good.connect,
    publish(socket, id, packet) {
      const { topic, payload } = packet as IPublishPacket
      const answer = (reason?: number) => void socket.write(puback(id, reason))
      came.push({ said: `${topic} ${Buffer.from(payload)[0]}`, answer })
    },
  })
  const pubsub = mqttPubSub({ url: broker, clock, closeMs: 0, unacknowledgedMax: 1 })
  ends.push(() => {
    const closed = pubsub.close()
    clock.advance(5_000)
    return closed
  })
  await until(() => pubsub.state() === 'up')
  for (const [topic, value] of [
    ['a', 1],
    ['b', 1],
    ['a', 2],
  ] as const)
    pubsub.publish({ topic, payload: Uint8Array.of(value), retain: true })
  await until(() => came.length === 1)
  came[0]!.answer(NOT_AUTHORIZED)
  await until(() => came.length === 2)
  clock.advance(5_000)
  came[1]!.answer()
  await until(() => came.length === 3)
  expect(came.map(({ said }) => said)).toEqual(['a 1', 'b 1', 'a 2'])
})

test('a broker that acknowledges what it gets is kept, however long nothing is published', async () => {
  const clock = new ManualClock(1_000_000)
  const troubles: string[] = []
  const puback = (messageId: number) => bytesOf({ cmd: 'puback', messageId } as Packet)
  const broker = parent({ ...good, publish: (socket, id) => void socket.write(puback(id)) })
  const pubsub = mqttPubSub({ url: broker, clock, onTrouble: ({ message }) => troubles.push(message) })
  ends.push(() => {
    const closed = pubsub.close()
    clock.advance(5_000)
    return closed
  })
  await until(() => pubsub.state() === 'up')
  clock.advance(60_000)
  pubsub.publish({ topic: 'roar/final/mood', payload: Uint8Array.of(1), retain: true })
  clock.advance(9_999)
  expect([pubsub.state(), troubles]).toEqual(['up', []])
})

/** PUBLISH with a length of 200 MB, of which so much comes. */
const endless = Buffer.concat([Uint8Array.of(0x30, 0x80, 0x84, 0xaf, 0x5f), Buffer.alloc(1024 * 1024 + 1)])
test.each<[string, Uint8Array]>([
  ['a packet that is longer than any', endless],
  ['a packet of a kind that there is not', Uint8Array.of(0x00, 0x00)],
  ['a length of five bytes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01)],
  ['a PUBLISH whose topic goes over its end', Uint8Array.of(0x30, 0x03, 0xff, 0xff, 0x61)],
  [
    'a second CONNACK with a refusal',
    bytesOf({ cmd: 'connack', reasonCode: 135, sessionPresent: false } as Packet),
  ],
])('a parent that sends %s is left for the next one', async (_what, bytes) => {
  const bad = parent({
    ...good,
    subscribe: (socket, id) => writeAll(socket, Buffer.concat([suback(id), bytes])),
  })
  const { clock, heard } = child(bad, parent(good))
  await until(() => {
    clock.advance(1)
    return heard.length > 0
  })
  expect(heard).toEqual(['roar/final/mood from the good one'])
})

test('a parent that does not close after a goodbye does not hold up who leaves it', async () => {
  const { heard, pubsub } = child(parent(good, { closes: false }))
  await until(() => heard.length > 0)
  await pubsub.close()
})

test.each([
  ['small packets', 20_000, '', 200],
  // As long as a packet of a whole fleet, of which each takes as long to read as a hundred small ones.
  ['large packets', 300, ' '.repeat(40_000), 2],
])('a parent that floods %s leaves everything else its turn', async (_what, count, padding, mostInTurn) => {
  const posts = Array.from({ length: count }, (_, i) => publish('roar/final/feed', `${padding}${i}`))
  const url = parent({
    ...good,
    subscribe: (socket, id) => writeAll(socket, Buffer.concat([suback(id), ...posts])),
  })
  const { heard } = child(url)
  let [before, most] = [0, 0]
  while (heard.length < posts.length) {
    most = Math.max(most, heard.length - before)
    before = heard.length
    await new Promise(setImmediate)
  }
  expect(heard.at(-1)).toBe(`roar/final/feed ${padding}${count - 1}`)
  expect(most).toBeLessThanOrEqual(mostInTurn)
})

test('bytes that come one at a time are what they are together', async () => {
  const rest = [publish('roar/final/mood', 'é'), publish('roar/#/mood', 'x')]
  const { heard } = child(
    parent({
      ...good,
      async subscribe(socket, id) {
        for (const byte of Buffer.concat([suback(id), ...rest])) {
          socket.write(Uint8Array.of(byte))
          await new Promise(setImmediate)
        }
      },
    }),
  )
  await until(() => heard.length === 2)
  expect(heard).toEqual(['roar/final/mood é', 'roar/#/mood x'])
})

/** As fast as the socket takes it. */
async function writeAll(socket: Socket<undefined>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; await new Promise(setImmediate)) {
    const taken = socket.write(bytes.subarray(at))
    if (taken < 0) return
    at += taken
  }
}
