import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { packet } from './field-writer.ts'
import { type Frame, FrameReader } from './frame-reader.ts'
import { MqttError, REASON } from './wire.ts'

const PACKET_BYTES_MAX = 4096

/** Reads chunks one after the other; bodies are copied, because they may alias a chunk. */
function readAll(chunks: Uint8Array[], packetBytesMax = PACKET_BYTES_MAX): Frame[] {
  const reader = new FrameReader({ packetBytesMax })
  return chunks.flatMap((chunk) =>
    [...reader.read(chunk)].map(({ type, flags, body }) => ({ type, flags, body: Uint8Array.from(body) })),
  )
}

const frame = fc.record({
  type: fc.integer({ min: 0, max: 15 }),
  flags: fc.integer({ min: 0, max: 15 }),
  body: fc.uint8Array({ maxLength: 300 }),
})

const bytesOf = (frames: Frame[]): Uint8Array =>
  Uint8Array.from(frames.flatMap(({ type, flags, body }) => [...packet(type, flags, [], body)]))

test('packets come out as they went in, wherever the stream is split', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
      const bytes = bytesOf(frames)
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, i) => bytes.slice(at[i], end))
      expect(readAll(chunks)).toEqual(frames)
    }),
  )
})

test('a packet split at every single byte comes out whole', () => {
  const frames = [
    { type: 3, flags: 1, body: new Uint8Array(200).fill(7) },
    { type: 12, flags: 0, body: new Uint8Array(0) },
  ]
  const bytes = bytesOf(frames)
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(readAll([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(frames)
  }
  expect(readAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(frames)
})

test('random bytes give packets within the limit or the one typed error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 5 }), (chunks) => {
      try {
        for (const { body } of readAll(chunks)) expect(body.length).toBeLessThan(PACKET_BYTES_MAX)
      } catch (error) {
        expect(error).toBeInstanceOf(MqttError)
      }
    }),
    { numRuns: 1000 },
  )
})

test('a length of 256 MB is refused when it is known, before a byte of the body', () => {
  const reader = new FrameReader({ packetBytesMax: PACKET_BYTES_MAX })
  expect([...reader.read(Uint8Array.of(0x30, 0xff, 0xff, 0xff))]).toEqual([])
  expect(() => [...reader.read(Uint8Array.of(0x7f))]).toThrow(
    expect.objectContaining({ reason: REASON.packetTooLarge }),
  )
})

test('the limit is exact: the fixed header counts, one byte more is refused', () => {
  const fits = packet(3, 0, [], new Uint8Array(100 - 2))
  expect(readAll([fits], 100)).toHaveLength(1)
  expect(() => readAll([packet(3, 0, [], new Uint8Array(100 - 1))], 100)).toThrow(MqttError)
})

test.each([
  ['a fifth length byte', [0x30, 0x80, 0x80, 0x80, 0x80]],
  ['a length in more bytes than it needs', [0x30, 0x80, 0x00]],
])('%s is malformed', (_name, bytes) => {
  expect(() => readAll([Uint8Array.from(bytes)])).toThrow(
    expect.objectContaining({ reason: REASON.malformedPacket }),
  )
})

test('it tells whether the stream stands between two packets', () => {
  const reader = new FrameReader({ packetBytesMax: PACKET_BYTES_MAX })
  expect(reader.idle).toBe(true)
  expect([...reader.read(Uint8Array.of(0x30, 5, 1))]).toEqual([])
  expect(reader.idle).toBe(false)
})

test('a length alone reserves nothing: what is held is twice of what has come, at most', () => {
  const held = () => process.memoryUsage().external
  const [readers, bytesMax] = [1_000, 64 * 1024]
  const before = held()
  const waiting = Array.from({ length: readers }, () => {
    const reader = new FrameReader({ packetBytesMax: bytesMax })
    // CONNECT with 32,768 bytes to come, of which one does.
    for (const _ of reader.read(Uint8Array.of(0x10, 0x80, 0x80, 0x02, 0)))
      throw new Error('No packet is whole')
    return reader
  })
  expect((held() - before) / readers).toBeLessThan(1_000)
  expect(waiting.some(({ idle }) => idle)).toBe(false)
})
