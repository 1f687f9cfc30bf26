import { afterAll, expect, test } from 'bun:test'
import { mqttPubSub } from '../adapters/mqtt/pubsub-mqtt.ts'
import { relayClientId } from '../engine/lineage.ts'
import type { ShowDocument } from '../protocol/show.ts'
import { connect } from '../sdk/src/index.ts'
import { startEdge } from '../services/edge/edge-fixture.ts'
import { newEdgeId } from '../services/edge/relay.ts'
import { startRoarAt } from './embedded.ts'
import { fastClock as clock } from './fast-clock.ts'
import { until } from './until.ts'

const VIEWERS = 40
const SECRET = 'a secret of relays'
const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test('shows name the edges there are; a new edge gets its share from the one that has all; and when that stops, viewers follow to the other', async () => {
  const roar = await startRoarAt(clock, '--mqtt-port', '0', '--relay-secret', SECRET)
  closers.push(() => roar.stop())

  const join = () => {
    const id = newEdgeId()
    const upstream = `mqtt://relay:${encodeURIComponent(SECRET)}@127.0.0.1:${roar.mqttPort}`
    const pubsub = mqttPubSub({ url: upstream, subscribesOnly: true, clientId: relayClientId(id) })
    const urls: string[] = []
    const fixture = startEdge({ id, urls, pubsub, clock, limits: { connectionsMax: 1_000 } })
    urls.push(fixture.webSocketUrl)
    closers.push(() => pubsub.close())
    closers.push(() => fixture.close())
    return { ...fixture, viewers: () => fixture.edge.counters().connections.websocket.v4 }
  }
  const show = async () =>
    (await (await fetch(`${roar.url}/v1/shows/final`)).json()) as Pick<ShowDocument, 'pubsub' | 'weight'>

  const first = join()
  await until(async () => (await show()).pubsub[0] === first.webSocketUrl)
  const clients = Array.from({ length: VIEWERS }, () =>
    connect({ url: roar.url, show: 'final', topics: ['mood'], transports: ['mqtt'] }),
  )
  closers.push(() => {
    for (const client of clients) client.close()
  })
  await until(() => first.viewers() === VIEWERS)

  const second = join()
  // Half of them is its share; the first one may keep a tenth and ten viewers more.
  await until(() => second.viewers() >= 5)
  expect(first.edge.counters().moved).toBeGreaterThanOrEqual(5)
  expect((await show()).pubsub.toSorted()).toEqual([first.webSocketUrl, second.webSocketUrl].toSorted())

  const before = second.edge.counters().moved
  await first.edge.drain()
  await until(() => second.viewers() === VIEWERS)
  expect(second.edge.counters().moved).toBe(before)
  // Nobody connected at the address that they had asked.
  expect(roar.things.edge!.edge.counters().connections.websocket.v4).toBe(0)
  await until(async () => (await show()).pubsub.join() === second.webSocketUrl)
})
