import { CLOSE_STATUS, OPCODE } from './opcodes.ts'

/** Receives the contents of one client's frames. */
export interface FrameHandler {
  /** Stops reading once it is true, even within the current bytes. Default: never. */
  readonly isClosed?: boolean
  /** A frame begins. */
  frame(): void
  /** Bytes of a binary message as they arrive: boundaries of frames and messages have no meaning [MQTT-6.0.0-4]. */
  payload(bytes: Uint8Array): void
  /** A text message begins. Its contents are skipped. */
  text(): void
  /** The payload may be a part of the bytes given to `read`, and is valid as long as they are. */
  ping(payload: Uint8Array): void
  pong(): void
  /** The client closes. `noStatus` if it gave no code. */
  close(code: number): void
}

const CONTROL_BYTES_MAX = 125
const NONE: number[] = []
const EMPTY = new Uint8Array()

/**
 * Reads what one client sends, frame by frame (RFC 6455 section 5), and passes payload on without waiting for the end of
 * a frame: it holds a head of 14 bytes and a control frame of 125 at most, whatever the client sends.
 *
 * ```
 *   head ──▶ payload ──▶ head …
 *            data: passed on as it comes      control: collected, then told
 * ```
 */
export class FrameDecoder {
  /** Bytes of an incomplete frame head. Usually absent: a viewer is silent. */
  #head: number[] | undefined
  #opcode: number = OPCODE.continuation
  /** The opcode of the message in progress; undefined between messages. */
  #message: number | undefined
  #isFinal = true
  #mask: number[] = NONE
  /** Bytes of the payload received. */
  #came = 0
  /** Remaining bytes of the payload; undefined before the head is complete. */
  #left: number | undefined
  #control: Uint8Array = EMPTY
  #closed = false

  /** Whether it is between two messages, like a new one. */
  get idle(): boolean {
    return (
      this.#left === undefined && this.#head === undefined && this.#message === undefined && !this.#closed
    )
  }

  /**
   * Takes the next bytes, unmasking them in place. After a close frame, and after a fault, nothing more is read.
   * @returns the close code, if the client violated the protocol
   */
  read(chunk: Uint8Array, handler: FrameHandler): number | undefined {
    let at = 0
    while (at < chunk.length && !this.#closed && handler.isClosed !== true) {
      if (this.#left === undefined) {
        this.#head ??= []
        this.#head.push(chunk[at++]!)
        const fault = this.#begin(this.#head)
        if (fault !== undefined) return this.#end(fault)
        if (this.#left === undefined) continue
        handler.frame()
        if (this.#left > 0) continue
      }
      const part = chunk.subarray(at, at + this.#left!)
      at += part.length
      this.#unmask(part)
      this.#left! -= part.length
      const fault = this.#payload(part, handler)
      if (fault !== undefined) return this.#end(fault)
      if (this.#left === 0) this.#left = undefined
    }
    return undefined
  }

  /** Checks the head so far; once it is complete, the payload begins. @returns the fault, if there is one */
  #begin(head: number[]): number | undefined {
    const known = head.length
    if (known === 1) return this.#first(head[0]!)
    // Section 5.1: a server must fail a connection whose frames are not masked.
    if (known === 2 && (head[1]! & 0x80) === 0) return CLOSE_STATUS.protocolError
    const short = head[1]! & 0x7f
    if (this.#opcode >= OPCODE.close && short > CONTROL_BYTES_MAX) return CLOSE_STATUS.protocolError
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    if (known < 2 + lengthBytes + 4) return undefined
    const length = lengthBytes === 0 ? short : longLength(head.slice(2, 2 + lengthBytes))
    if (length === undefined) return CLOSE_STATUS.protocolError
    this.#mask = head.slice(2 + lengthBytes)
    this.#left = length
    this.#came = 0
    this.#head = undefined
    return undefined
  }

  #first(byte: number): number | undefined {
    this.#opcode = byte & 0x0f
    this.#isFinal = (byte & 0x80) !== 0
    const { continuation, text, binary, close, ping, pong } = OPCODE
    // No extension was negotiated, so the three reserved bits must be zero.
    if ((byte & 0x70) !== 0) return CLOSE_STATUS.protocolError
    switch (this.#opcode) {
      case continuation:
        return this.#message === undefined ? CLOSE_STATUS.protocolError : undefined
      case text:
      case binary:
        return this.#message === undefined ? undefined : CLOSE_STATUS.protocolError
      case close:
      case ping:
      case pong:
        return this.#isFinal ? undefined : CLOSE_STATUS.protocolError
      default:
        return CLOSE_STATUS.protocolError
    }
  }

  #unmask(part: Uint8Array): void {
    const mask = this.#mask
    const came = this.#came
    for (let at = 0; at < part.length; at++) part[at]! ^= mask[(came + at) & 3]!
    this.#came = (came + part.length) & 3
  }

  /** @returns the fault, if there is one */
  #payload(part: Uint8Array, handler: FrameHandler): number | undefined {
    if (this.#opcode >= OPCODE.close) {
      this.#control = this.#control.length === 0 && this.#left === 0 ? part : joined(this.#control, part)
      return this.#left === 0 ? this.#tellControl(handler) : undefined
    }
    if (this.#opcode !== OPCODE.continuation && this.#message === undefined) {
      this.#message = this.#opcode
      if (this.#opcode === OPCODE.text) handler.text()
    }
    if (this.#message === OPCODE.binary && part.length > 0) handler.payload(part)
    if (this.#left === 0 && this.#isFinal) this.#message = undefined
    return undefined
  }

  #tellControl(handler: FrameHandler): number | undefined {
    const payload = this.#control
    this.#control = EMPTY
    if (this.#opcode === OPCODE.ping) handler.ping(payload)
    else if (this.#opcode === OPCODE.pong) handler.pong()
    else {
      const code = closeCode(payload)
      if (code === CLOSE_STATUS.protocolError || code === CLOSE_STATUS.invalidText) return code
      this.#end(code)
      handler.close(code)
    }
    return undefined
  }

  #end(code: number): number {
    this.#closed = true
    return code
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** Undefined: the length is not exact as a number, or not in its shortest form, as section 5.2 requires. */
function longLength(bytes: number[]): number | undefined {
  const length = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  const least = bytes.length === 2 ? 126 : 2 ** 16
  return length < least || length > Number.MAX_SAFE_INTEGER ? undefined : length
}

/** The code of a close frame; `protocolError` and `invalidText` for an invalid one (section 7.4). */
function closeCode(payload: Uint8Array): number {
  if (payload.length === 0) return CLOSE_STATUS.noStatus
  if (payload.length === 1) return CLOSE_STATUS.protocolError
  const code = payload[0]! * 256 + payload[1]!
  const isKnown =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  if (!isKnown || code === CLOSE_STATUS.protocolError) return CLOSE_STATUS.protocolError
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(2))
    return code
  } catch {
    return CLOSE_STATUS.invalidText
  }
}
