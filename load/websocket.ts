import { randomBytes } from 'node:crypto'
import type { Target } from './target.ts'

/** The client side of RFC 6455, only what a listening viewer needs, so that a viewer is one socket and a few numbers. */

const OPCODE = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 } as const
const FRAME_BYTES_MAX = 64 * 1024

/** Section 4.1. The key is the same for all: it protects caches, and there are none here. */
export const upgradeRequest = ({ path, host }: Target): Buffer =>
  Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: cm9hci1sb2FkLXZpZXdlcg==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: mqtt',
      '\r\n',
    ].join('\r\n'),
    'latin1',
  )

function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  if (payload.length > 125) throw new RangeError('A viewer sends short frames only')
  const mask = randomBytes(4)
  const frame = Buffer.alloc(6 + payload.length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | payload.length
  mask.copy(frame, 2)
  for (const [at, byte] of payload.entries()) frame[6 + at] = byte ^ mask[at % 4]!
  return frame
}

/** A whole binary frame, masked as section 5.3 requires of a client; at most 125 bytes. */
export const binaryFrame = (payload: Uint8Array): Buffer => clientFrame(OPCODE.binary, payload)

export const pongFrame = (payload: Uint8Array): Buffer => clientFrame(OPCODE.pong, payload)

export type WebSocketEvent =
  /** Bytes of the stream inside: frame boundaries mean nothing to MQTT. */
  { type: 'bytes'; bytes: Buffer } | { type: 'ping'; bytes: Buffer } | { type: 'close'; code: number }

/**
 * Parses what a server sends into events, whatever the chunking. Keeps at most one unfinished frame. Throws on a protocol
 * violation.
 */
export class WebSocketReader {
  #rest: Buffer | undefined

  /** Whether the stream is between two frames. */
  get idle(): boolean {
    return this.#rest === undefined
  }

  *read(chunk: Buffer): Generator<WebSocketEvent> {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = undefined
    let at = 0
    while (at < bytes.length) {
      const frame = frameAt(bytes, at)
      if (frame === undefined) {
        this.#rest = Buffer.from(bytes.subarray(at))
        return
      }
      const event = eventOf(bytes[at]! & 0x0f, bytes.subarray(frame.from, frame.end))
      at = frame.end
      if (event !== undefined) yield event
    }
  }
}

function frameAt(bytes: Buffer, at: number): { from: number; end: number } | undefined {
  if (bytes.length < at + 2) return undefined
  const short = bytes[at + 1]!
  // Section 5.1: a server never masks.
  if (short & 0x80) throw new Error('A masked frame from the server')
  if (short === 127) throw new Error(`A frame over ${FRAME_BYTES_MAX} bytes`)
  if (short === 126 && bytes.length < at + 4) return undefined
  const from = at + (short === 126 ? 4 : 2)
  const end = from + (short === 126 ? bytes.readUInt16BE(at + 2) : short)
  return bytes.length < end ? undefined : { from, end }
}

function eventOf(opcode: number, bytes: Buffer): WebSocketEvent | undefined {
  switch (opcode) {
    case OPCODE.continuation:
    case OPCODE.binary:
      return { type: 'bytes', bytes }
    case OPCODE.close:
      // Section 7.1.5: 1005 where no code was sent.
      return { type: 'close', code: bytes.length >= 2 ? bytes.readUInt16BE(0) : 1005 }
    case OPCODE.ping:
      return { type: 'ping', bytes }
    case OPCODE.pong:
      return undefined
    default:
      throw new Error(`A frame of opcode ${opcode} from the server`)
  }
}
