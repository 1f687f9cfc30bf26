import { expect, test } from 'bun:test'
import type { ChosenEdge } from '../../protocol/fleet.ts'
import { FleetView } from './fleet-view.ts'

const OWN = 'wss://e0.example/mqtt'
/** What is said of a fleet whose edges count how often they are looked at. */
function packetOf(...edges: ChosenEdge[]) {
  const looks = { count: 0 }
  const watched = edges.map(({ urls, weight }) => ({
    weight,
    get urls() {
      looks.count++
      return urls
    },
  }))
  return { looks, packet: { at: 1, connections: 9, limit: 99, jitterMs: 0, edges: watched } }
}
const one = { urls: ['wss://e1.example/mqtt', 'mqtt://e1.example'], weight: 9 }
const view = () => new FleetView({ own: [OWN], random: () => 0.5 })

test('however many viewers are looked at, a packet is read once for each kind of socket', () => {
  const fleet = view()
  const { packet, looks } = packetOf(one, { ...one, weight: 3 })
  fleet.hear(packet, 0)
  for (let viewer = 0; viewer < 100; viewer++) {
    for (const kind of ['websocket', 'tcp'] as const) {
      expect(fleet.hasOther(kind, 1)).toBe(true)
      expect(fleet.elsewhere(kind, 1)).toBe(one.urls[kind === 'websocket' ? 0 : 1])
    }
  }
  expect(looks.count).toBe(2 * 2)
})

test('the next packet is what counts, and none once it is too old', () => {
  const fleet = view()
  fleet.hear(packetOf(one).packet, 0)
  expect(fleet.elsewhere('websocket', 1)).toBe(one.urls[0]!)
  const two = { urls: ['wss://e2.example/mqtt'], weight: 1 }
  fleet.hear(packetOf(two).packet, 1)
  expect(fleet.elsewhere('websocket', 2)).toBe(two.urls[0]!)
  expect(fleet.hasOther('tcp', 2)).toBe(false)
  expect(fleet.hasOther('websocket', 20_000)).toBe(false)
  expect(fleet.elsewhere('websocket', 20_000)).toBeUndefined()
})

test('neither this edge nor one without room is another, and an event stream is not sent anywhere', () => {
  const fleet = view()
  fleet.hear(packetOf({ urls: [OWN], weight: 9 }, { ...one, weight: 0 }).packet, 0)
  expect(fleet.hasOther('websocket', 1)).toBe(false)
  expect(fleet.elsewhere('websocket', 1)).toBeUndefined()
  fleet.hear(packetOf(one).packet, 1)
  expect(fleet.hasOther('events', 2)).toBe(false)
})
