import { encodeClose, encodeFrame } from '../../protocol/websocket/encode-frame.ts'
import { OPCODE } from '../../protocol/websocket/opcodes.ts'
import type { StreamTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/** A broadcast is handed to one socket after the other: its frame is made once. */
let lastBytes: Uint8Array | undefined
let lastFrame: Uint8Array | undefined

function frameOf(bytes: Uint8Array): Uint8Array {
  if (bytes !== lastBytes || lastFrame === undefined) {
    lastBytes = bytes
    lastFrame = encodeFrame(OPCODE.binary, bytes)
  }
  return lastFrame
}

/** A WebSocket by frames of our own, on a socket that a fast lane has handed over. */
export class FramedTransport implements Transport {
  readonly kind = 'websocket'
  readonly address: string
  readonly token: string | undefined
  /** A proxy on this machine is the usual way to TLS, so an address says nothing. */
  readonly local = false
  readonly #stream: StreamTransport

  constructor(stream: StreamTransport, { address, token }: { address: string; token: string | undefined }) {
    this.#stream = stream
    this.address = address
    this.token = token
  }

  send(bytes: Uint8Array): boolean {
    return this.#stream.send(frameOf(bytes))
  }

  /** The answer to a ping. Of pings that come faster than the socket takes answers the last ones get none (RFC 6455 section 5.5.3). */
  pong(payload: Uint8Array): void {
    if (this.#stream.backlogBytes() === 0) this.#stream.send(encodeFrame(OPCODE.pong, payload))
  }

  widen(backlogBytesMax: number): void {
    this.#stream.widen(backlogBytesMax)
  }

  backlogBytes(): number {
    return this.#stream.backlogBytes()
  }

  drain(): void {
    this.#stream.drain()
  }

  hangUp(): void {
    this.#stream.hangUp()
  }

  close(code: number, reason: string): void {
    this.#stream.send(encodeClose(code, reason))
    this.#stream.close()
  }
}
