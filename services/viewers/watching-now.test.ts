import { afterAll, expect, test } from 'bun:test'
import mqtt from 'mqtt'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { publishingWhile } from '../../adapters/pubsub/publishing-while.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { relayClientId } from '../../engine/lineage.ts'
import type { ViewersPacket } from '../../protocol/packets.ts'
import { REPORT_HOLDS_MS, REPORT_MS } from '../../protocol/viewers.ts'
import { brokerPubSub } from '../../test/broker-pubsub.ts'
import { fastClock as clock } from '../../test/fast-clock.ts'
import { needs } from '../../test/needs.ts'
import { openViewer, startEdge } from '../edge/edge-fixture.ts'
import { newEdgeId } from '../edge/relay.ts'
import { publishViewers, sendReport } from './watching-now.ts'

const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** A deliver's part of it. */
function counts(pubsub: PubSub): void {
  const viewers = publishViewers({ pubsub, clock, isActive: () => true, segmentsOf: () => ['home', 'away'] })
  closers.push(() => viewers.stop())
}

/** Settles once a packet says so, with both segments, whether anybody has tapped in them or not. */
function told(pubsub: PubSub, viewers: number, home: number): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers()
  const stop = pubsub.subscribe('roar/final/viewers', ({ payload }) => {
    const packet = JSON.parse(new TextDecoder().decode(payload)) as ViewersPacket
    if (packet.viewers === viewers && Bun.deepEquals(packet.segments, { home, away: 0 })) resolve(packet)
  })
  void promise.then(() => stop())
  return promise
}

const say = (pubsub: PubSub, topic: string) =>
  pubsub.publish({ topic, payload: new TextEncoder().encode('{"version":1}'), retain: true })

test('in one process: who watches over any transport is counted, by segment, and no longer once gone', async () => {
  const pubsub = memoryPubSub()
  counts(pubsub)
  say(pubsub, 'roar/final/show')
  const fixture = startEdge({ pubsub, clock })
  closers.push(() => fixture.close())
  const viewers = [
    await openViewer(fixture, 'WebSocket', ['roar/final/mood', 'roar/final/viewers/home']),
    await openViewer(fixture, 'lane', ['roar/final/mood', 'roar/final/mood/home']),
    await openViewer(fixture, 'TCP', ['roar/final/#']),
    // Hears of polls only, and so watches nothing.
    await openViewer(fixture, 'TCP', ['roar/final/polls/+']),
  ]
  const stream = await fetch(`${fixture.url}/v1/shows/final/events?segment=home`)
  await told(pubsub, 4, 3)
  for (const viewer of viewers) viewer.close()
  await stream.body!.cancel()
  await told(pubsub, 0, 0)
})

/** A publisher whose clock is in the test's hands, and the numbers that viewers of its show hear. */
function publishing({
  pubsub = memoryPubSub(),
  broker = pubsub,
  isActive = () => true,
  segmentsOf = () => [],
}: Partial<Pick<Parameters<typeof publishViewers>[0], 'pubsub' | 'isActive' | 'segmentsOf'>> & {
  broker?: PubSub
}) {
  const time = new ManualClock(1_800_000_000_000)
  const viewers = publishViewers({ pubsub, clock: time, isActive, segmentsOf })
  closers.push(() => viewers.stop())
  const heard: number[] = []
  broker.subscribe('roar/final/viewers', ({ payload }) => {
    heard.push((JSON.parse(new TextDecoder().decode(payload)) as ViewersPacket).viewers)
  })
  /** Seven watch at an edge. */
  const report = () =>
    sendReport(broker, 'edge', { viewers: new Map([['final', { viewers: 7, segments: {} }]]), edges: [] })
  return {
    time,
    heard,
    report,
    /** They do for so long that all have reported. */
    watch() {
      for (let i = 0; i < 4; i++) {
        report()
        time.advance(REPORT_MS)
      }
    },
  }
}

test('of a show that is gone nothing is kept: its number is published anew when it is there again', () => {
  let segments: string[] | undefined = []
  const { time, heard, report } = publishing({ segmentsOf: () => segments })
  for (const there of [[], [], undefined, [], []]) {
    segments = there
    report()
    time.advance(REPORT_HOLDS_MS - 1)
  }
  expect(heard).toEqual([7, 7])
})

test('a process that stood still publishes no number without the reports that it has not read yet', () => {
  const { time, heard, report, watch } = publishing({})
  watch()
  time.standStill(90_000)
  time.advance(0)
  report()
  time.advance(REPORT_MS)
  expect(heard).toEqual([7])
  time.advance(2 * REPORT_HOLDS_MS)
  expect(heard).toEqual([7, 0])
})

test('a process that publishes again, as when it was in doubt whether it may, says that nobody watches what all have left meanwhile', () => {
  let isActive = true
  const { time, heard, watch } = publishing({ isActive: () => isActive })
  watch()
  isActive = false
  time.advance(2 * REPORT_HOLDS_MS)
  expect(heard).toEqual([7])
  isActive = true
  time.advance(REPORT_MS)
  expect(heard).toEqual([7, 0])
})

test('that all have left while the broker was unreachable is published once it is reachable again', () => {
  const { broker, pubsub, down, up } = brokerPubSub()
  const given = publishingWhile(pubsub, { isCurrent: () => true, onAgain: () => () => {} })
  const { time, heard, watch } = publishing({ pubsub: given, broker })
  watch()
  expect(heard).toEqual([7])
  down()
  for (let i = 0; i < 8; i++) time.advance(REPORT_HOLDS_MS / 4)
  up()
  for (let i = 0; i < 4; i++) time.advance(REPORT_MS)
  expect(heard).toEqual([7, 0])
})

test('a viewer who reports is refused, and nobody counts what it says', async () => {
  const fixture = startEdge({ isRelay: () => false })
  closers.push(() => fixture.close())
  const client = mqtt.connect(`mqtt://127.0.0.1:${fixture.tcpPort}`, { reconnectPeriod: 0 })
  const closed = new Promise((resolve) => client.once('close', () => resolve(undefined)))
  client.publish('roar-viewers/me', '{"final":{"viewers":1000000,"segments":{}}}')
  await closed
  expect(fixture.edge.counters().refused).not.toHaveProperty('report')
})

test.skipIf(!needs('mosquitto'))(
  'through a tree and a broker of others: leaves report to relays, these to the broker, and an edge that is killed is out of the sum',
  async () => {
    const mosquitto = await startMosquitto()
    closers.push(() => mosquitto.close())
    const url = mosquitto.url
    const ofDeliver = mqttPubSub({ url })
    counts(ofDeliver)
    closers.push(() => ofDeliver.close())
    say(ofDeliver, 'roar/final/show')
    const edgeAt = (upstream: string) => {
      const id = newEdgeId()
      const pubsub = mqttPubSub({ url: upstream, subscribesOnly: true, clientId: relayClientId(id) })
      const fixture = startEdge({ id, pubsub, clock, isRelay: ({ password }) => password !== undefined })
      const close = async () => {
        await fixture.close()
        await pubsub.close()
      }
      closers.push(close)
      return { ...fixture, close }
    }
    const relay = edgeAt(url)
    const leaf = edgeAt(`mqtt://relay:secret@127.0.0.1:${relay.tcpPort}`)
    const watching = mqttPubSub({ url })
    closers.push(() => watching.close())
    for (let i = 0; i < 3; i++) await mqttViewer(leaf.tcpPort)
    await told(watching, 3, 3)
    await leaf.close()
    await told(watching, 0, 0)
  },
)

async function mqttViewer(port: number): Promise<void> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 })
  closers.push(() => client.endAsync(true))
  await client.subscribeAsync(['roar/final/mood', 'roar/final/mood/home'])
}
