/** Builds packets from fields. Only for values that this side chose, so a length over 65,535 bytes is our own mistake. */

const utf8 = new TextEncoder()

export const uint16 = (value: number): number[] => [value >> 8, value & 0xff]

export function binary(bytes: Uint8Array): number[] {
  if (bytes.length > 0xffff) throw new RangeError('A field of MQTT holds at most 65,535 bytes')
  return [...uint16(bytes.length), ...bytes]
}

export const string = (text: string): number[] => binary(utf8.encode(text))

/** Section 2.2.3: seven bits a byte, lowest first. */
export function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return bytes
}

/** One whole packet: its first byte, the remaining length, the fields, then the payload unchanged. */
export function packet(
  type: number,
  flags: number,
  fields: number[] = [],
  payload?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const payloadBytes = payload?.length ?? 0
  const head = [(type << 4) | flags, ...varint(fields.length + payloadBytes), ...fields]
  const bytes = new Uint8Array(head.length + payloadBytes)
  bytes.set(head)
  if (payload) bytes.set(payload, head.length)
  return bytes
}
