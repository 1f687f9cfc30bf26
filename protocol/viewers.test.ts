import { expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  decodeReport,
  encodeReport,
  REPORT_HOLDS_MS,
  REPORT_MS,
  segmentsIn,
  type Viewers,
} from './viewers.ts'

/** Of every length. Thousands are made of them, which takes seconds by a pattern. */
const id = fc
  .tuple(fc.nat(), fc.integer({ min: 1, max: 32 }))
  .map(([number, length]) => number.toString(36).padEnd(length, '-').slice(0, length))
const count = fc.integer({ min: 0, max: 1e10 })
const viewers: fc.Arbitrary<Viewers> = fc.record({
  viewers: count,
  segments: fc.dictionary(id, count, { maxKeys: 64 }),
})
const bytes = (text: string) => new TextEncoder().encode(text)
const showsIn = (packet: Uint8Array) => {
  const report = decodeReport(packet)!
  return 'viewers' in report ? report.viewers : expect.unreachable()
}

test('a report is read as it was written, whatever number of packets it takes', () => {
  fc.assert(
    fc.property(fc.dictionary(id, viewers, { maxKeys: 200 }), (report) => {
      const packets = encodeReport(Object.entries(report)).map(bytes)
      for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(8192)
      const read = packets.map(showsIn)
      expect(Object.assign({}, ...read)).toEqual(report)
      // No show is in two of them.
      expect(read.flatMap((shows) => Object.keys(shows))).toHaveLength(Object.keys(report).length)
    }),
  )
})

test.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['null', 'null'],
  ['an array', '[]'],
  ['no shows', '{"final":7}'],
  ['an id that is none', '{"Final":{"viewers":1,"segments":{}}}'],
  ['a part of a viewer', '{"final":{"viewers":0.5,"segments":{}}}'],
  ['fewer than none', '{"final":{"viewers":-1,"segments":{}}}'],
  ['more than there are people', '{"final":{"viewers":1e300,"segments":{}}}'],
  ['no segments', '{"final":{"viewers":1}}'],
  ['segments of no number', '{"final":{"viewers":1,"segments":{"home":"1"}}}'],
  ['a flood', `{"final":{"viewers":1,"segments":{}}${' '.repeat(9000)}}`],
])('%s is no report', (_name, text) => {
  expect(decodeReport(bytes(text))).toBeUndefined()
})

test('two shows that fill a packet each are in two', () => {
  const segments = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`${i}`.padStart(30, 's'), 1e10]))
  const packets = encodeReport(['one', 'two'].map((show) => [show, { viewers: 1, segments }] as const))
  expect(packets.map((packet) => Object.keys(JSON.parse(packet)))).toEqual([['one'], ['two']])
})

test('a show that nobody watches is reported, and a report of 8 KiB is read to its last byte', () => {
  const nobody = '{"final":{"viewers":0,"segments":{"home":0}}}'
  const read = { viewers: { final: { viewers: 0, segments: { home: 0 } } } }
  expect(decodeReport(bytes(nobody.padEnd(8192)))).toEqual(read)
  expect(decodeReport(bytes(nobody.padEnd(8193)))).toBeUndefined()
})

test('a show has sixty-four segments at most', () => {
  const of = (count: number) =>
    JSON.stringify({
      final: {
        viewers: 1,
        segments: Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, 1])),
      },
    })
  expect(decodeReport(bytes(of(64)))).toBeDefined()
  expect(decodeReport(bytes(of(65)))).toBeUndefined()
})

test('a report of nobody is no packet', () => {
  expect(encodeReport([])).toEqual([])
})

test.each(['null', '7', '"x"', 'true', '[]'])('a show that is %s makes no report', (none) => {
  const report = `{"final":{"viewers":1,"segments":{}},"derby":${none}}`
  expect(decodeReport(bytes(report))).toBeUndefined()
})

test('a packet of a report is less than 4 KiB, and as full as that allows', () => {
  const watched = { viewers: 1, segments: {} }
  // Every length that is left for the last show of a packet, in the first packet and in those after it.
  for (let pad = 2; pad <= 64; pad++) {
    const lengths = [Math.ceil(pad / 2), Math.floor(pad / 2)]
    const shows = Array.from({ length: 300 }, (_, i) => `s${1000 + i}`)
    for (const at of [0, 130])
      shows.splice(at, 2, ...lengths.map((length, i) => `${'xy'[i]}${at}`.padEnd(length, 'z')))
    const packets = encodeReport(shows.map((show) => [show, watched] as const))
    let first = 0
    for (const [i, packet] of packets.entries()) {
      expect(packet.length).toBeLessThan(4096)
      first += Object.keys(JSON.parse(packet) as object).length
      if (i === packets.length - 1) continue
      const next = JSON.stringify({ [shows[first]!]: watched }).length - 2
      expect(packet.length + 1 + next).toBeGreaterThanOrEqual(4096)
    }
    expect(first).toBe(300)
  }
})

test('ten thousand million are the most viewers that are believed', () => {
  const report = (viewers: number) =>
    decodeReport(bytes(JSON.stringify({ final: { viewers, segments: {} } })))
  expect(report(1e10)).toEqual({ viewers: { final: { viewers: 1e10, segments: {} } } })
  expect(report(1e10 + 1)).toBeUndefined()
  for (const none of ['null', '7', '"x"']) expect(decodeReport(bytes(`{"final":${none}}`))).toBeUndefined()
})

test('a report holds until the third after it, as two of three may be lost', () => {
  expect(REPORT_HOLDS_MS / REPORT_MS).toBe(3)
})

test('the packet of a show’s viewers names its segments, also those with nobody; another packet names none', () => {
  expect(segmentsIn(bytes('{"at":1,"viewers":3,"segments":{"home":3,"away":0}}'))).toEqual(['home', 'away'])
  for (const foreign of ['', '{', 'null', '{"viewers":1}', '{"viewers":1,"segments":{"Home":1}}'])
    expect(segmentsIn(bytes(foreign))).toEqual([])
})
