import { afterEach, expect, test } from 'bun:test'
import { Histogram } from '../../load/histogram.ts'
import { resolveTarget } from '../../load/target.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { Ears } from '../rooms/ears.ts'
import { openFleet } from './fleet.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** An edge that takes some of a crowd. */
function edgeFor(connectionsMax: number) {
  const fixture = startEdge({ limits: { connectionsMax } })
  ends.push(() => fixture.close())
  return { ...fixture, port: Number(new URL(fixture.url).port) }
}

test.each(['WebSocket', 'TCP'] as const)(
  'a bench over %s whose viewers are turned away says so and does not wait for ever',
  async (transport) => {
    const edge = edgeFor(2)
    const port = transport === 'TCP' ? edge.tcpPort : edge.port
    await expect(openFleet(port, transport, 3)).rejects.toThrow('the server turned a viewer away')
  },
)

test('a bench whose viewers are cut while it measures says so', async () => {
  const edge = edgeFor(2)
  const fleet = await openFleet(edge.port, 'WebSocket', 2)
  ends.push(() => fleet.close())
  expect(fleet.bytes()).toBe(0)
  await edge.close()
  const bytesOnceCut = async () => {
    for (;;) {
      fleet.bytes()
      await new Promise(setImmediate)
    }
  }
  await expect(bytesOnceCut()).rejects.toThrow('of 2 connections')
})

test('a bench of rooms whose members are turned away says so', async () => {
  const target = await resolveTarget(`ws://127.0.0.1:${edgeFor(1).port}/mqtt`)
  const ears = new Ears({ target, show: 'final', latencies: new Histogram() })
  ends.push(() => ears.close())
  const all = Promise.all(['a', 'b'].map((channel) => ears.open(channel)))
  await expect(all).rejects.toThrow('the server ended the connection of a viewer: code 1013')
})
