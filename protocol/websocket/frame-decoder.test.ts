import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeClose, encodeFrame } from './encode-frame.ts'
import { FrameDecoder, type FrameHandler } from './frame-decoder.ts'
import { CLOSE_STATUS } from './opcodes.ts'

interface Frame {
  opcode: number
  payload: Uint8Array
  isFinal?: boolean
  mask?: Uint8Array
  /** How many bytes the length takes; default: as few as can be. */
  lengthBytes?: 0 | 2 | 8
}

/** A frame as a client sends it, written by the picture of RFC 6455 section 5.2. */
function clientFrame({
  opcode,
  payload,
  isFinal = true,
  mask = Uint8Array.of(1, 2, 3, 4),
  lengthBytes,
}: Frame) {
  const { length } = payload
  const extra = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8)
  const head = [(isFinal ? 0x80 : 0) | opcode, 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127)]
  for (let byte = extra - 1; byte >= 0; byte--) head.push(Math.floor(length / 256 ** byte) % 256)
  return Uint8Array.from([...head, ...mask, ...payload.map((byte, at) => byte ^ mask[at % 4]!)])
}

const IGNORES: FrameHandler = {
  frame: () => {},
  payload: () => {},
  text: () => {},
  ping: () => {},
  pong: () => {},
  close: () => {},
}

/** Feeds the bytes in pieces and tells all that came out. */
function read(bytes: Uint8Array, cuts: number[] = []) {
  const out = { data: [] as number[], told: [] as string[], fault: undefined as number | undefined }
  const handler: FrameHandler = {
    ...IGNORES,
    payload: (part) => out.data.push(...part),
    text: () => out.told.push('text'),
    ping: (payload) => out.told.push(`ping ${payload.join(' ')}`),
    pong: () => out.told.push('pong'),
    close: (code) => out.told.push(`close ${code}`),
  }
  const decoder = new FrameDecoder()
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    out.fault ??= decoder.read(bytes.slice(from, to), handler)
    from = to
  }
  return out
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })

test('whatever the fragments, controls and pieces, the payload comes out whole and in order', () => {
  const fragment = fc.record({
    payload: fc.oneof(bytes(10), bytes(300)),
    isFinal: fc.boolean(),
    mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    pings: fc.array(bytes(125), { maxLength: 2 }),
  })
  fc.assert(
    fc.property(
      fc.array(fragment, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (fragments, cuts) => {
        let open = false
        const frames: Uint8Array[] = []
        for (const { payload, isFinal, mask, pings } of fragments) {
          frames.push(clientFrame({ opcode: open ? 0 : 2, payload, isFinal, mask }))
          open = !isFinal
          for (const ping of pings) frames.push(clientFrame({ opcode: 9, payload: ping, mask }))
        }
        const { data, told, fault } = read(Buffer.concat(frames), cuts)
        expect(fault).toBeUndefined()
        expect(data).toEqual(fragments.flatMap(({ payload }) => [...payload]))
        expect(told).toEqual(fragments.flatMap(({ pings }) => pings.map((ping) => `ping ${ping.join(' ')}`)))
      },
    ),
  )
})

test('a frame of more than 65,535 bytes is passed on as it comes', () => {
  const payload = new Uint8Array(70_000).map((_, at) => at)
  expect(read(clientFrame({ opcode: 2, payload }), [10, 40_000]).data).toEqual([...payload])
})

describe('what RFC 6455 forbids is closed with 1002, wherever the bytes are cut', () => {
  const one = Uint8Array.of(7)
  const unmasked = encodeFrame(2, one)
  const cases: [string, Uint8Array][] = [
    ['a frame without a mask (5.1)', unmasked],
    ['a reserved bit (5.2)', clientFrame({ opcode: 2 | 0x40, payload: one })],
    ['an opcode that does not exist (5.2)', clientFrame({ opcode: 3, payload: one })],
    ['a control opcode that does not exist (5.2)', clientFrame({ opcode: 11, payload: one })],
    ['a length in more bytes than it needs (5.2)', clientFrame({ opcode: 2, payload: one, lengthBytes: 2 })],
    [
      'a length in 8 bytes that fits into 2 (5.2)',
      clientFrame({ opcode: 2, payload: new Uint8Array(200), lengthBytes: 8 }),
    ],
    [
      'a length past every number',
      Uint8Array.of(0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
    ],
    ['a continuation of nothing (5.4)', clientFrame({ opcode: 0, payload: one })],
    [
      'a message within a message (5.4)',
      Buffer.concat([
        clientFrame({ opcode: 2, payload: one, isFinal: false }),
        clientFrame({ opcode: 2, payload: one }),
      ]),
    ],
    ['a ping in pieces (5.5)', clientFrame({ opcode: 9, payload: one, isFinal: false })],
    ['a ping of 126 bytes (5.5)', clientFrame({ opcode: 9, payload: new Uint8Array(126) })],
    ['half a close code (5.5.1)', clientFrame({ opcode: 8, payload: one })],
    [
      'a close code that nobody may send (7.4.2)',
      clientFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xed) }),
    ],
  ]
  for (const [name, frame] of cases) {
    test(name, () => {
      for (let cut = 0; cut <= frame.length; cut++) expect(read(frame, [cut]).fault).toBe(1002)
    })
  }

  test('a close reason that is no UTF-8 is closed with 1007 (8.1)', () => {
    expect(read(clientFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe8, 0xff) })).fault).toBe(1007)
  })
})

test('a close is told with its code, and nothing after it is read', () => {
  const after = clientFrame({ opcode: 2, payload: Uint8Array.of(1) })
  const goingAway = clientFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe9, 0x62) })
  expect(read(Buffer.concat([goingAway, after]))).toEqual({
    data: [],
    told: ['close 1001'],
    fault: undefined,
  })
  expect(read(clientFrame({ opcode: 8, payload: new Uint8Array() })).told).toEqual(['close 1005'])
})

test('a text message is told and its bytes are not passed on', () => {
  const frames = [
    clientFrame({ opcode: 1, payload: Uint8Array.of(65), isFinal: false }),
    clientFrame({ opcode: 0, payload: Uint8Array.of(66) }),
    clientFrame({ opcode: 10, payload: new Uint8Array() }),
  ]
  expect(read(Buffer.concat(frames))).toEqual({ data: [], told: ['text', 'pong'], fault: undefined })
})

test('no bytes make the decoder throw, or pass on more than came', () => {
  fc.assert(
    fc.property(bytes(400), fc.array(fc.nat(), { maxLength: 10 }), (noise, cuts) => {
      expect(read(noise, cuts).data.length).toBeLessThanOrEqual(noise.length)
    }),
    { numRuns: 2000 },
  )
})

test("a server's frames say their length in as few bytes as it takes", () => {
  for (const [length, head] of [
    [0, [0x82, 0]],
    [125, [0x82, 125]],
    [126, [0x82, 126, 0, 126]],
    [65_535, [0x82, 126, 255, 255]],
    [65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
  ] as const) {
    const frame = encodeFrame(2, new Uint8Array(length).fill(9))
    expect([...frame.subarray(0, head.length)]).toEqual([...head])
    expect(frame.length).toBe(head.length + length)
  }
})

test('a reason that is too long for a close frame is cut at a character', () => {
  const frame = encodeClose(1013, 'é'.repeat(100))
  expect(frame.length).toBe(2 + 124)
  expect(new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4))).toBe('é'.repeat(61))
})

test('the close codes of section 7.4 are told, and all others are a fault', () => {
  const closing = (code: number) =>
    read(clientFrame({ opcode: 8, payload: Uint8Array.of(code >> 8, code & 255) }))
  const told = Array.from({ length: 6000 }, (_, code) => code).filter((code) => closing(code).told.length > 0)
  for (const code of told) expect(closing(code).told).toEqual([`close ${code}`])
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
  // 1004 to 1006 are never sent; 1002 and 1007 are answered with the same.
  const allowed = [...range(1000, 1014), ...range(3000, 4999)].filter(
    (code) => ![1002, 1004, 1005, 1006, 1007].includes(code),
  )
  expect(told).toEqual(allowed)
})

test('payloads of every form of length come out, at its very bounds', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
    const payload = Uint8Array.from({ length }, (_, i) => i % 251)
    const out = read(clientFrame({ opcode: 2, payload }), [1, 2, 3, 7, 14, 15])
    expect(out.fault).toBeUndefined()
    expect(out.data).toEqual([...payload])
  }
  const ping = clientFrame({ opcode: 9, payload: new Uint8Array(125).fill(7) })
  expect(read(ping, [5, 70])).toEqual({
    data: [],
    told: [`ping ${Array(125).fill(7).join(' ')}`],
    fault: undefined,
  })
})

test('empty frames are frames: a message may begin, go on and end with one, and after each another may come', () => {
  const frame = (opcode: number, payload: number[], isFinal: boolean) =>
    clientFrame({ opcode, payload: Uint8Array.from(payload), isFinal })
  const message = [frame(2, [], false), frame(0, [7], false), frame(9, [], true), frame(0, [], true)]
  expect(read(Buffer.concat([...message, frame(2, [8], true), frame(10, [], true)]))).toEqual({
    data: [7, 8],
    told: ['ping ', 'pong'],
    fault: undefined,
  })
})

test('an empty part of a message is not passed on', () => {
  const parts: number[] = []
  const handler: FrameHandler = {
    payload: (part) => parts.push(part.length),
    ...{ frame: () => {}, text: () => {}, ping: () => {}, pong: () => {}, close: () => {} },
  }
  const decoder = new FrameDecoder()
  expect(decoder.read(clientFrame({ opcode: 2, payload: new Uint8Array() }), handler)).toBeUndefined()
  expect(parts).toEqual([])
})

test('a text message in one frame is told once, and a binary one after it is data', () => {
  const text = clientFrame({ opcode: 1, payload: Uint8Array.of(65) })
  const binary = clientFrame({ opcode: 2, payload: Uint8Array.of(9) })
  expect(read(Buffer.concat([text, text, binary]))).toEqual({
    data: [9],
    told: ['text', 'text'],
    fault: undefined,
  })
})

test('a message that comes in pieces is told once, in whatever pieces', () => {
  const text = clientFrame({ opcode: 1, payload: Uint8Array.of(1, 2, 3, 4) })
  const every = Array.from(text, (_, at) => at)
  for (const cuts of [[], [7], [8], every])
    expect(read(text, cuts)).toMatchObject({ told: ['text'], data: [] })
})

test('after a fault nothing more is read', () => {
  const told: string[] = []
  const handler: FrameHandler = {
    ...{
      frame: () => told.push('frame'),
      payload: () => told.push('payload'),
      text: () => {},
      ping: () => {},
      pong: () => {},
      close: () => {},
    },
  }
  const decoder = new FrameDecoder()
  expect(decoder.read(Uint8Array.of(0x83), handler)).toBe(1002)
  expect(decoder.read(clientFrame({ opcode: 2, payload: Uint8Array.of(1) }), handler)).toBeUndefined()
  expect(told).toEqual([])
})

test('a close frame has its code and its reason', () => {
  expect([...encodeClose(1013, 'no')]).toEqual([0x88, 4, 0x03, 0xf5, 0x6e, 0x6f])
  expect([...encodeClose(1000, '')]).toEqual([0x88, 2, 0x03, 0xe8])
})

test('each frame is told where its head is whole, controls too', () => {
  let frames = 0
  const handler: FrameHandler = {
    frame: () => frames++,
    ...{ payload: () => {}, text: () => {}, ping: () => {}, pong: () => {}, close: () => {} },
  }
  const decoder = new FrameDecoder()
  const one = clientFrame({ opcode: 2, payload: Uint8Array.of(1, 2, 3), isFinal: false })
  decoder.read(one.slice(0, 5), handler)
  const before = frames
  decoder.read(one.slice(5), handler)
  decoder.read(clientFrame({ opcode: 0, payload: new Uint8Array() }), handler)
  decoder.read(clientFrame({ opcode: 9, payload: new Uint8Array() }), handler)
  expect(frames).toBe(3)
  expect(before).toBeLessThanOrEqual(1)
})

test('a frame without a mask is refused at its second byte, whatever its length', () => {
  for (const length of [0, 5, 126, 127]) expect(read(Uint8Array.of(0x82, length)).fault).toBe(1002)
})

test('a control frame of more than 125 bytes is refused, a close frame too', () => {
  for (const opcode of [8, 9, 10]) {
    expect(read(clientFrame({ opcode, payload: new Uint8Array(126) })).fault).toBe(1002)
    expect(read(Uint8Array.of(0x80 | opcode, 0x80 | 127)).fault).toBe(1002)
  }
})

test('a close frame has no reason, or a code of two bytes and its reason: one byte is none', () => {
  expect(read(clientFrame({ opcode: 8, payload: Uint8Array.of() })).told).toEqual(['close 1005'])
  expect(read(clientFrame({ opcode: 8, payload: Uint8Array.of(3, 232) })).told).toEqual(['close 1000'])
  expect(read(clientFrame({ opcode: 8, payload: Uint8Array.of(3) })).fault).toBe(1002)
})

test('the codes of a close are those of RFC 6455 section 7.4.1', () => {
  expect(CLOSE_STATUS).toEqual({ normal: 1000, protocolError: 1002, noStatus: 1005, invalidText: 1007 })
})

test('a length is written with as few bytes as it takes, and no longer than a number holds', () => {
  const head = (length: number, bytes: number[]) =>
    read(Uint8Array.of(0x82, 0x80 | length, ...bytes, 1, 2, 3, 4)).fault
  expect([head(126, [0, 125]), head(126, [0, 126])]).toEqual([1002, undefined])
  expect([head(127, [0, 0, 0, 0, 0, 0, 255, 255]), head(127, [0, 0, 0, 0, 0, 1, 0, 0])]).toEqual([
    1002,
    undefined,
  ])
  expect([head(127, [0, 31, ...Array<number>(6).fill(255)]), head(127, [0, 32, 0, 0, 0, 0, 0, 0])]).toEqual([
    undefined,
    1002,
  ])
})

test('it stands between two messages before the first, after each, and nowhere else', () => {
  const decoder = new FrameDecoder()
  const payload = Uint8Array.of(1, 2)
  const begun = clientFrame({ opcode: 2, payload, isFinal: false })
  const ping = clientFrame({ opcode: 9, payload })
  const ended = clientFrame({ opcode: 0, payload })
  const seen = [decoder.idle]
  for (const frame of [begun, ping, ended, ping, clientFrame({ opcode: 8, payload: new Uint8Array(0) })]) {
    for (const byte of frame.subarray(0, -1)) {
      decoder.read(Uint8Array.of(byte), IGNORES)
      expect(decoder.idle).toBe(false)
    }
    decoder.read(frame.slice(-1), IGNORES)
    seen.push(decoder.idle)
  }
  // Within a message also after a ping; after a close nothing more comes.
  expect(seen).toEqual([true, false, false, true, true, false])
})

test('a ping in pieces comes back whole, though each piece comes in the memory of the one before', () => {
  for (let length = 0; length <= 6; length++) {
    const payload = Uint8Array.from({ length }, (_, i) => 10 + i)
    const pings: number[][] = []
    const decoder = new FrameDecoder()
    const memory = new Uint8Array(1)
    for (const byte of clientFrame({ opcode: 9, payload })) {
      memory[0] = byte
      decoder.read(memory, { ...IGNORES, ping: (bytes) => void pings.push([...bytes]) })
    }
    expect(pings).toEqual([[...payload]])
  }
})

test('a handler that is closed gets no further frame of the same bytes', () => {
  const got: number[] = []
  const handler: FrameHandler & { isClosed: boolean } = {
    ...IGNORES,
    isClosed: false,
    payload(bytes) {
      got.push(...bytes)
      this.isClosed = bytes.includes(2)
    },
  }
  const frames = [1, 2, 3].map((byte) => clientFrame({ opcode: 2, payload: Uint8Array.of(byte) }))
  expect(new FrameDecoder().read(Buffer.concat(frames), handler)).toBeUndefined()
  expect(got).toEqual([1, 2])
})
