import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodeSubscribe,
} from '../../protocol/mqtt/encode-client.ts'
import {
  encodeConnack,
  encodePingresp,
  encodePublish,
  encodeSuback,
} from '../../protocol/mqtt/encode-server.ts'
import {
  CONNACK,
  connectPacket,
  disconnectPacket,
  PACKET_BYTES_MAX,
  PUBLISH,
  packetReader,
  pingPacket,
  readPublish,
  SUBACK,
  subscribePacket,
} from './wire.ts'

const name = fc
  .string({ minLength: 1, maxLength: 90, unit: 'grapheme' })
  .filter((text) => !/^\ufeff|\0/.test(text))

/** Client ids and filters are made of ids. */
const ascii = fc.string({ minLength: 1, maxLength: 90, unit: 'grapheme-ascii' })

describe('the bytes are those of the shared codec', () => {
  test('CONNECT', () => {
    const keepAliveS = fc.integer({ min: 0, max: 0xffff })
    fc.assert(
      fc.property(ascii, keepAliveS, (clientId, keepAliveS) =>
        expect(connectPacket(clientId, keepAliveS)).toEqual(encodeConnect({ clientId, keepAliveS })),
      ),
    )
  })

  test('SUBSCRIBE', () => {
    fc.assert(
      fc.property(fc.array(ascii, { minLength: 1, maxLength: 64 }), (filters) =>
        expect(subscribePacket(filters)).toEqual(encodeSubscribe(1, filters)),
      ),
    )
  })

  test('PINGREQ and DISCONNECT', () => {
    expect(pingPacket()).toEqual(encodePingreq())
    expect(disconnectPacket()).toEqual(encodeDisconnect())
  })
})

/** A length that takes one byte, or two. */
const payload = fc
  .tuple(fc.string({ maxLength: 12, unit: 'grapheme' }), fc.constantFrom(1, 20))
  .map(([text, times]) => text.repeat(times))
/** What a server sends, and what is to be read. */
const packet: fc.Arbitrary<{ bytes: Uint8Array; read: readonly unknown[] }> = fc.oneof(
  fc.constant({ bytes: encodeConnack({ version: 4 }), read: [CONNACK, 0, 0] }),
  fc.constant({ bytes: encodeSuback(4, 1, [0, 0x80]), read: [SUBACK, 0, 1, 0, 0x80] }),
  fc.constant({ bytes: encodePingresp(), read: [13] }),
  fc
    .record({
      topic: name,
      payload,
      retain: fc.boolean(),
    })
    .map(({ topic, payload, retain }) => ({
      bytes: encodePublish(4, { topic, payload: new TextEncoder().encode(payload), retain }),
      read: [PUBLISH, topic, payload],
    })),
)

/** React Native before 0.85 has no `TextDecoder`. */
describe.each([
  ['with a TextDecoder', TextDecoder],
  ['without one', undefined],
])('%s', (_, decoder) => {
  const own = globalThis.TextDecoder
  beforeAll(() => void Object.assign(globalThis, { TextDecoder: decoder }))
  afterAll(() => void Object.assign(globalThis, { TextDecoder: own }))

  test('what a server sends comes out the same wherever the frames are cut', () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 8 }),
        fc.integer({ min: 1, max: 5000 }),
        (packets, frameBytes) => {
          const read: (readonly unknown[])[] = []
          const reader = packetReader((type, body) => {
            const [topic, payload] = type === PUBLISH ? readPublish(body) : []
            read.push([type, ...(payload ? [topic, payload()] : body)])
          })
          const stream = Buffer.concat(packets.map(({ bytes }) => bytes))
          for (let at = 0; at < stream.length; at += frameBytes) reader(stream.subarray(at, at + frameBytes))
          expect(read).toEqual(packets.map(({ read }) => read))
        },
      ),
    )
  })

  test('a payload that is not UTF-8 is refused where it is read, and its packet is whole', () => {
    const [topic, payload] = readPublish(Uint8Array.of(0, 1, 0x61, 0xff))
    expect(topic).toBe('a')
    expect(payload).toThrow()
  })
})

test('a length over the limit, or without end, is refused before the body is kept', () => {
  const none = () => {}
  expect(() => packetReader(none)(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toThrow(RangeError)
  expect(() => packetReader(none)(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x80))).toThrow(RangeError)
  expect(() =>
    packetReader(none)(
      encodePublish(4, { topic: 'a', payload: new Uint8Array(PACKET_BYTES_MAX), retain: false }),
    ),
  ).toThrow(RangeError)
})

test('a packet in as many frames as it has bytes is copied once', () => {
  const own = globalThis.Uint8Array
  const bytes = encodePublish(4, { topic: 'a', payload: new own(5_000), retain: false })
  const frames = [...bytes].map((byte) => own.of(byte))
  let copied = 0
  globalThis.Uint8Array = class extends own {
    constructor(...content: [number[]]) {
      super(...content)
      copied += this.length
    }
  } as Uint8ArrayConstructor
  try {
    const lengths: number[] = []
    const reader = packetReader((_, body) => lengths.push(body.length))
    for (const frame of frames) reader(frame)
    expect(lengths).toEqual([5_003])
    expect(copied).toBeLessThan(2 * bytes.length)
  } finally {
    globalThis.Uint8Array = own
  }
})

test('random bytes never make it wait for more than a packet may hold, nor run on', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
      const reader = packetReader((_, body) => expect(body.length).toBeLessThanOrEqual(PACKET_BYTES_MAX))
      try {
        for (const chunk of chunks) reader(chunk)
      } catch (cause) {
        expect(cause).toBeInstanceOf(RangeError)
      }
    }),
  )
})
