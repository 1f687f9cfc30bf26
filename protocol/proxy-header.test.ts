import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ProxyHeaderError, ProxyHeaderReader } from './proxy-header.ts'

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const header = (command: number, family: number, body: number[], length = body.length) =>
  Uint8Array.from([...SIGNATURE, command, family, length >> 8, length & 255, ...body])
const v4 = [192, 0, 2, 7, 127, 0, 0, 1, 0xc0, 0, 7, 91]
const v6 = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 7, ...Array(16).fill(1), 1, 2, 3, 4]
const read = (bytes: Uint8Array) => new ProxyHeaderReader().read(bytes)

test.each([
  ['IPv4', header(0x21, 0x11, v4), '192.0.2.7'],
  ['IPv6', header(0x21, 0x21, v6), '2001:db8:0:0:0:0:0:7'],
  ['with more beside the addresses', header(0x21, 0x11, [...v4, 4, 0, 3, 1, 2, 3]), '192.0.2.7'],
  ["a proxy's own health check", header(0x20, 0x00, []), undefined],
  ['a proxy that speaks for itself and says where it is', header(0x20, 0x11, v4), undefined],
  ['a family that is not told', header(0x21, 0x00, []), undefined],
  ['a socket of a file', header(0x21, 0x31, Array(216).fill(0)), undefined],
])('%s', (_what, bytes, address) => {
  expect(read(Uint8Array.from([...bytes, 0x10, 0]))).toEqual({ address, rest: Uint8Array.of(0x10, 0) })
})

describe('what is none is refused', () => {
  test.each([
    ['MQTT', Uint8Array.of(0x10, 12)],
    ['version 1', new TextEncoder().encode('PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n')],
    ['another version', header(0x31, 0x11, v4)],
    ['another command', header(0x22, 0x11, v4)],
    ['addresses that are cut', header(0x21, 0x21, v4)],
    ['too much', header(0x21, 0x11, v4, 60_000)],
  ])('%s', (_what, bytes) => {
    expect(() => read(bytes)).toThrow(ProxyHeaderError)
  })
})

test('a header of 4 KiB is read, and one byte more is a mistake', () => {
  const long = (bytes: number) => header(0x21, 0x11, [...v4, ...Array(bytes - v4.length).fill(0)])
  const rest = Uint8Array.of(1)
  expect(read(Uint8Array.from([...long(4096), ...rest]))).toEqual({ address: '192.0.2.7', rest })
  expect(() => read(long(4097))).toThrow('too long')
})

test('a header that nothing follows, not even addresses, is whole', () => {
  expect(read(header(0x20, 0x00, []))).toEqual({ address: undefined, rest: new Uint8Array(0) })
})

test('not one byte of the signature may be another', () => {
  for (let at = 0; at < SIGNATURE.length; at++) {
    const bytes = header(0x21, 0x11, v4)
    bytes[at]! ^= 1
    expect(() => read(bytes)).toThrow('does not begin with a PROXY header')
  }
})

test('what is refused has the name of its error', () => {
  expect(new ProxyHeaderError('x').name).toBe('ProxyHeaderError')
})

test('a header is the same however its bytes fall', () => {
  const bytes = Uint8Array.from([...header(0x21, 0x11, v4), 1, 2, 3])
  for (let at = 1; at < bytes.length; at++) {
    const reader = new ProxyHeaderReader()
    const first = reader.read(bytes.subarray(0, at))
    const whole = first ?? reader.read(bytes.subarray(at))
    expect(whole?.address).toBe('192.0.2.7')
  }
})

test('any bytes are a header, the beginning of one, or refused in words', () => {
  const bent = fc.tuple(fc.uint8Array({ maxLength: 64 }), fc.nat(40), fc.nat(255)).map(([tail, at, byte]) => {
    const bytes = Uint8Array.from([...header(0x21, 0x11, v4), ...tail])
    bytes[at % bytes.length] = byte
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(bent, fc.uint8Array({ maxLength: 64 })), (bytes) => {
      try {
        read(bytes)
      } catch (cause) {
        expect(cause).toBeInstanceOf(ProxyHeaderError)
      }
    }),
    { numRuns: Number(process.env.SEEDS ?? 2_000) },
  )
})
