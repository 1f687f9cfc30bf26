import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seededRandom } from '../load/random.ts'
import { CHOSEN_MAX, type EdgeReport, WEIGHT_MAX } from '../protocol/fleet.ts'
import { drawEdge, fleetPacket, othersThan, overShare, roomOf } from './fleet.ts'

const edge = fc.record({
  connections: fc.integer({ min: 0, max: 12_000 }),
  limit: fc.integer({ min: 1, max: 12_000 }),
  state: fc.constantFrom('ready', 'ready', 'ready', 'waiting', 'draining'),
}) as fc.Arbitrary<Omit<EdgeReport, 'urls'>>
const fleetOf = (edges: readonly Omit<EdgeReport, 'urls'>[]) =>
  new Map(edges.map((edge, i) => [`e${i}`, { ...edge, urls: [`wss://e${i}.example/mqtt`] }]))
const idOf = (urls: readonly string[]) => /e\d+/.exec(urls[0]!)![0]

test('an edge that drains, waits or is full is never named, and each that is has a weight by its room', () => {
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 40 }), fc.integer(), (edges, seed) => {
      const fleet = fleetOf(edges)
      const packet = fleetPacket(fleet, { at: 7, random: seededRandom(seed) })
      const named = packet.edges.map(({ urls }) => idOf(urls))
      expect(new Set(named).size).toBe(named.length)
      expect(named.length).toBeLessThanOrEqual(CHOSEN_MAX)
      const most = Math.max(...[...fleet.values()].map(roomOf))
      for (const { urls, weight } of packet.edges) {
        const chosen = fleet.get(idOf(urls))!
        expect(chosen.state).toBe('ready')
        expect(chosen.connections).toBeLessThan(chosen.limit)
        if (named.length > 1) expect(Math.abs(weight / WEIGHT_MAX - roomOf(chosen) / most)).toBeLessThan(0.06)
      }
      const ready = edges.filter(({ state }) => state === 'ready')
      expect(packet.limit).toBe(ready.reduce((sum, { limit }) => sum + limit, 0))
      // Somebody is named where anybody has room.
      if (most > 0) expect(named.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})

test('a crowd that draws by weight fills edges evenly, none over its limit, whatever was there before', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.6, noNaN: true }), { minLength: 2, maxLength: 24 }),
      fc.integer(),
      (before, seed) => {
        const random = seededRandom(seed)
        const limit = 2_000
        const edges = before.map((share) => ({
          connections: Math.floor(share * limit),
          limit,
          state: 'ready' as const,
        }))
        const capacity = 0.85 * limit * edges.length
        const spread = () => {
          const shares = edges.map(({ connections }) => connections / limit)
          return Math.max(...shares) - Math.min(...shares)
        }
        const spreadBefore = spread()
        let there = edges.reduce((sum, { connections }) => sum + connections, 0)
        // Each round knows only what was reported before it.
        while (there < capacity) {
          const { edges: named } = fleetPacket(fleetOf(edges), { at: 0, random })
          for (let i = 0; i < 25 * edges.length && there < capacity; i++, there++) {
            const { urls } = drawEdge(named, random)!
            edges[Number(idOf(urls).slice(1))]!.connections++
          }
        }
        for (const { connections } of edges) expect(connections).toBeLessThanOrEqual(limit)
        expect(spread()).toBeLessThanOrEqual(Math.max(0.12, spreadBefore * 0.6))
      },
    ),
    { numRuns: 40 },
  )
})

test('an edge is not sent to itself', () => {
  const edges = [{ urls: ['wss://e0.example/mqtt'], weight: 9 }]
  const others = othersThan(['wss://e0.example/mqtt'], edges)
  expect(others).toEqual([])
  expect(drawEdge(others, () => 0.5)).toBeUndefined()
})

test('nobody is sent to an edge without room', () => {
  const [full, open] = [0, 9].map((weight) => ({ urls: [`wss://e${weight}.example/mqtt`], weight }))
  expect(othersThan([], [full!, open!])).toEqual([open!])
})

describe('what an edge has over its share', () => {
  const others = [{ urls: ['wss://e1.example/mqtt'], weight: 9 }]

  test('is what lies a tenth and ten viewers above the mean of the fleet, by its limit', () => {
    const fleet = { connections: 150, limit: 3_000, edges: others }
    expect(overShare({ connections: 150, limit: 1_000 }, fleet)).toBe(150 - 55 - 10)
    expect(overShare({ connections: 64, limit: 1_000 }, fleet)).toBe(0)
    expect(overShare({ connections: 115, limit: 2_000 }, fleet)).toBe(0)
  })

  test('is nothing where nobody has room', () => {
    const fleet = { connections: 150, limit: 3_000 }
    expect(overShare({ connections: 150, limit: 1_000 }, { ...fleet, edges: [] })).toBe(0)
    expect(overShare({ connections: 1, limit: 1 }, { connections: 0, limit: 0, edges: others })).toBe(0)
  })
})

test('who comes is asked to spread once less than half of the fleet is free, five seconds at most', () => {
  const jitterMs = (share: number) =>
    fleetPacket(fleetOf([{ connections: share * 1000, limit: 1000, state: 'ready' }]), {
      at: 0,
      random: () => 0,
    }).jitterMs
  expect([jitterMs(0), jitterMs(0.4), jitterMs(0.7), jitterMs(1)]).toEqual([0, 0, 2_500, 5_000])
})

test('a single edge with room is the whole list, whatever room it has', () => {
  const fleet = fleetOf([{ connections: 500, limit: 1000, state: 'ready' }])
  const { edges } = fleetPacket(fleet, { at: 0, random: () => 0 })
  expect(edges).toEqual([{ urls: ['wss://e0.example/mqtt'], weight: 1 }])
})

test('of edges with next to no room the one with the most has the whole weight', () => {
  const fleet = fleetOf([949, 949].map((connections) => ({ connections, limit: 1000, state: 'ready' })))
  const { edges } = fleetPacket(fleet, { at: 0, random: () => 0 })
  expect(edges.map(({ weight }) => weight)).toEqual([WEIGHT_MAX, WEIGHT_MAX])
})

test('an edge is drawn as often as its weight says, to the last', () => {
  const edges = [1, 2, 5].map((weight) => ({ urls: [`e${weight}`], weight }))
  const drawn = Array.from({ length: 8 }, (_, i) => drawEdge(edges, () => i / 8)!.weight)
  expect(drawn).toEqual([1, 2, 2, 5, 5, 5, 5, 5])
})
