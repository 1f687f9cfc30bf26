import { MqttError, malformed, REASON } from './wire.ts'

/** One undecoded packet of the stream. `body` may alias its chunk. */
export interface Frame {
  type: number
  flags: number
  body: Uint8Array
}

const REMAINING_LENGTH_BYTES_MAX = 4

/**
 * Splits a byte stream into packets, whatever its chunks: a WebSocket frame or a TCP segment may hold several
 * packets or a piece of one [MQTT-6.0.0-2].
 *
 * ```
 * first byte ─▶ remaining length, 1 to 4 bytes ─▶ body ─▶ first byte …
 *                          └─ over the limit: MqttError, before a byte of the body is kept
 * ```
 */
export class FrameReader {
  readonly #packetBytesMax: number
  #firstByte = -1
  #lengthBytes = 0
  #remaining = 0
  #body: Uint8Array | undefined
  #filled = 0

  /** @param options.packetBytesMax Largest packet, its fixed header included. A longer one is refused as soon as its length is known. */
  constructor({ packetBytesMax }: { packetBytesMax: number }) {
    this.#packetBytesMax = packetBytesMax
  }

  /** Whether the stream is between two packets, so that an end here loses nothing. */
  get idle(): boolean {
    return this.#firstByte === -1
  }

  /**
   * Yields the packets that `chunk` completes. Keeps at most one unfinished packet. Throws `MqttError` when a length is malformed
   * or over the limit; the stream cannot be read any further then.
   */
  *read(chunk: Uint8Array): Generator<Frame> {
    let at = 0
    while (at < chunk.length) {
      if (this.#firstByte === -1) {
        this.#firstByte = chunk[at++]!
        this.#lengthBytes = 0
        this.#remaining = 0
        continue
      }
      if (this.#lengthBytes !== -1) {
        if (!this.#readLength(chunk[at++]!)) continue
        if (this.#remaining === 0) yield this.#take(new Uint8Array(0))
        continue
      }
      const missing = this.#remaining - this.#filled
      const end = Math.min(at + missing, chunk.length)
      if (this.#filled === 0 && end - at === missing) {
        yield this.#take(chunk.subarray(at, end))
      } else {
        this.#keep(chunk.subarray(at, end))
        if (this.#filled === this.#remaining) yield this.#take(this.#body!)
      }
      at = end
    }
  }

  /** Allocates at most twice of what has arrived: an announced length costs its sender nothing, and so reserves nothing. */
  #keep(part: Uint8Array): void {
    const needed = this.#filled + part.length
    if (this.#body === undefined || this.#body.length < needed) {
      const body = new Uint8Array(Math.min(this.#remaining, 2 * needed))
      if (this.#body !== undefined) body.set(this.#body)
      this.#body = body
    }
    this.#body.set(part, this.#filled)
    this.#filled = needed
  }

  /** Section 2.2.3: seven bits a byte, lowest first. Returns whether the length is complete. */
  #readLength(byte: number): boolean {
    this.#remaining += (byte & 0x7f) * 128 ** this.#lengthBytes++
    if (byte & 0x80) {
      if (this.#lengthBytes === REMAINING_LENGTH_BYTES_MAX)
        throw malformed('The remaining length has a fifth byte')
      return false
    }
    // [MQTT-1.5.5-1] of v5, and no known client of 3.1.1 does it either.
    if (byte === 0 && this.#lengthBytes > 1)
      throw malformed('The remaining length is longer than it needs to be')
    const packetBytes = 1 + this.#lengthBytes + this.#remaining
    if (packetBytes > this.#packetBytesMax) {
      throw new MqttError(
        REASON.packetTooLarge,
        `A packet of ${packetBytes} bytes; at most ${this.#packetBytesMax} are taken`,
      )
    }
    this.#lengthBytes = -1
    return true
  }

  #take(body: Uint8Array): Frame {
    const frame = { type: this.#firstByte >> 4, flags: this.#firstByte & 0x0f, body }
    this.#firstByte = -1
    this.#body = undefined
    this.#filled = 0
    return frame
  }
}
