import { OPCODE } from './opcodes.ts'

const FIN = 0x80
/** Lengths up to this fit into the second byte itself. RFC 6455 section 5.2. */
const SHORT_MAX = 125
const IN_16_BITS = 126
const IN_64_BITS = 127

/** One unmasked frame with the whole message, as a server sends it (RFC 6455 section 5.1). At most 4 GiB. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload
  const headLength = length <= SHORT_MAX ? 2 : length < 2 ** 16 ? 4 : 10
  const frame = new Uint8Array(headLength + length)
  frame[0] = FIN | opcode
  if (headLength === 2) frame[1] = length
  else {
    const view = new DataView(frame.buffer)
    frame[1] = headLength === 4 ? IN_16_BITS : IN_64_BITS
    if (headLength === 4) view.setUint16(2, length)
    else view.setUint32(6, length)
  }
  frame.set(payload, headLength)
  return frame
}

/** A close frame. A reason that does not fit into its 125 bytes is cut at a character (RFC 6455 section 5.5). */
export function encodeClose(code: number, reason: string): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(SHORT_MAX)
  new DataView(payload.buffer).setUint16(0, code)
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2))
  return encodeFrame(OPCODE.close, payload.subarray(0, 2 + written))
}
