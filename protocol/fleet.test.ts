import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeFleet, type EdgeReport, encodeFleetReport } from './fleet.ts'
import { decodeReport } from './viewers.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const count = fc.integer({ min: 0, max: 1_000_000 })
const edge: fc.Arbitrary<EdgeReport> = fc.record({
  urls: fc.constantFrom(['wss://e1.example/mqtt'], ['wss://e2.example/mqtt', 'mqtts://e2.example:8883']),
  connections: count,
  limit: count,
  state: fc.constantFrom('ready', 'waiting', 'draining'),
})
const id = fc.integer({ min: 1, max: 2 ** 40 }).map((n) => n.toString(16).padStart(16, '0'))

test('a report of edges is read as it was written, in packets that any parent takes', () => {
  fc.assert(
    fc.property(fc.dictionary(id, edge, { maxKeys: 60 }), (fleet) => {
      const packets = encodeFleetReport(Object.entries(fleet)).map(bytes)
      for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(8192)
      const read = packets.map((packet) => decodeReport(packet)!)
      expect(Object.assign({}, ...read.map((report) => ('fleet' in report ? report.fleet : {})))).toEqual(
        fleet,
      )
    }),
  )
})

test('a report has twelve edges in each packet, and no edge in two', () => {
  const named = Array.from({ length: 25 }, (_, i) => [`${i}`.padStart(16, '0'), READY as EdgeReport] as const)
  const counts = encodeFleetReport(named).map((packet) => Object.keys(JSON.parse(packet).$edges).length)
  expect(counts).toEqual([12, 12, 1])
})

const READY = { urls: ['wss://e1.example/mqtt'], connections: 1, limit: 2, state: 'ready' }

test.each([
  ['a script', { ...READY, urls: ['javascript:alert(1)'] }],
  ['a page', { ...READY, urls: ['https://e1.example/'] }],
  ['a password in an address', { ...READY, urls: ['wss://me:hunter2@e1.example/mqtt'] }],
  ['an address that is too long for a close', { ...READY, urls: [`wss://${'e'.repeat(70)}.example/mqtt`] }],
  ['an address of two lines', { ...READY, urls: ['wss://e1.example/mqtt\nwss://e2.example'] }],
  ['no address', { ...READY, urls: [] }],
  ['a state that is none', { ...READY, state: 'well' }],
  ['fewer than none', { ...READY, connections: -1 }],
  ['half a viewer', { ...READY, limit: 0.5 }],
  ['null', null],
])('an edge that reports %s is not believed', (_name, edge) => {
  expect(decodeReport(bytes(JSON.stringify({ $edges: { '00000000000000e1': edge } })))).toBeUndefined()
})

test('a packet of a report speaks of twenty-four edges at most', () => {
  const read = (count: number) => {
    const edges = Array.from({ length: count }, (_, i) => [`${i}`.padStart(16, '0'), READY])
    return decodeReport(bytes(JSON.stringify({ $edges: Object.fromEntries(edges) })))
  }
  expect(read(24)).toBeDefined()
  expect(read(25)).toBeUndefined()
})

test('a packet of the fleet with more edges, or other addresses, than there can be is none', () => {
  const chosen = { urls: ['wss://e1.example/mqtt'], weight: 3 }
  const packet = { at: 1, connections: 2, limit: 3, jitterMs: 0, edges: [chosen] }
  const read = (change: object) => decodeFleet(bytes(JSON.stringify({ ...packet, ...change })))
  expect(read({})).toEqual(packet)
  const url = (length: number) => 'wss://e1.example/'.padEnd(length, 'x')
  for (const most of [
    { edges: Array(128).fill(chosen) },
    { edges: [{ ...chosen, weight: 9 }] },
    { edges: [{ ...chosen, urls: Array(4).fill(url(72)) }] },
    { at: 1e13 },
  ])
    expect(read(most)).toEqual({ ...packet, ...most })
  for (const more of [
    { edges: [{ ...chosen, weight: 10 }] },
    { edges: [{ ...chosen, urls: Array(5).fill(url(72)) }] },
    { edges: [{ ...chosen, urls: [url(73)] }] },
    { at: 1e13 + 1 },
  ])
    expect(read(more)).toBeUndefined()
  expect(read({ edges: Array(129).fill(chosen) })).toBeUndefined()
  expect(read({ edges: [{ ...chosen, weight: 1e9 }] })).toBeUndefined()
  expect(read({ edges: [{ ...chosen, urls: ['data:,x'] }] })).toBeUndefined()
  expect(read({ edges: [null] })).toBeUndefined()
  expect(read({ limit: '3' })).toBeUndefined()
  expect(decodeFleet(bytes('no JSON'))).toBeUndefined()
})
