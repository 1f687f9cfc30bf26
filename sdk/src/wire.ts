/**
 * The part of MQTT 3.1.1 that a subscriber needs, small because every viewer downloads it. A property test compares it with the
 * codec in `protocol/mqtt`, which the servers use and which is stricter.
 */

/** Several times the largest packet of a show. */
export const PACKET_BYTES_MAX = 65_536

/** Packet types: the high half of the first byte. */
export const CONNACK = 2
export const PUBLISH = 3
export const SUBACK = 9

const uint16 = (value: number): number[] => [value >> 8, value & 255]
/** Ids, topics and filters are ASCII. */
const string = (value: string): number[] => [
  ...uint16(value.length),
  ...[...value].map((char) => char.charCodeAt(0)),
]

/** UTF-8; without `TextDecoder`, as in React Native before 0.85, through `%xx`. Throws on invalid bytes. */
const decode = (bytes: Uint8Array): string =>
  globalThis.TextDecoder
    ? new TextDecoder(undefined, { fatal: true }).decode(bytes)
    : decodeURIComponent(escape(String.fromCharCode(...bytes)))

/** Section 2.2.3, for a client's packets: under 16 KiB. */
const packet = (firstByte: number, fields: number[] = []): Uint8Array<ArrayBuffer> => {
  const { length } = fields
  return new Uint8Array([
    firstByte,
    ...(length < 128 ? [length] : [(length & 127) | 128, length >> 7]),
    ...fields,
  ])
}

/** With a clean session: flags 2. [MQTT-3.1.2-6] */
export const connectPacket = (clientId: string, keepAliveS: number) =>
  packet(0x10, [...string('MQTT'), 4, 2, ...uint16(keepAliveS), ...string(clientId)])

/** QoS 0 for each filter. The flags 0b0010 are the type's own. [MQTT-3.8.1-1] */
export const subscribePacket = (filters: readonly string[]) =>
  packet(0x82, [...uint16(1), ...filters.flatMap((filter) => [...string(filter), 0])])

export const pingPacket = () => packet(0xc0)
export const disconnectPacket = () => packet(0xe0)

/** Topic and payload of a PUBLISH with QoS 0, the only one we subscribe with. The payload is decoded on demand. */
export function readPublish(body: Uint8Array): [topic: string, payload: () => string] {
  const end = 2 + body[0]! * 256 + body[1]!
  return [decode(body.subarray(2, end)), () => decode(body.subarray(end))]
}

/**
 * Splits a stream into packets, whatever its chunks [MQTT-6.0.0-4]. Keeps at most one incomplete packet. Throws `RangeError` as
 * soon as a length is over `PACKET_BYTES_MAX` or does not end.
 */
export function packetReader(
  onPacket: (type: number, body: Uint8Array) => void,
): (chunk: Uint8Array) => void {
  let bytes: number[] = []
  /** Where the body begins, once its length is known. */
  let start = 0
  let length = 0
  return (chunk) => {
    // Byte by byte: what an incomplete packet has so far is not copied with each chunk.
    for (const byte of chunk) {
      const end = bytes.push(byte)
      if (!start && end > 1) {
        length += (byte & 127) * 128 ** (end - 2)
        if (end > 5 || length > PACKET_BYTES_MAX) throw new RangeError()
        if (byte < 128) start = end
      }
      if (start && end === start + length) {
        onPacket(bytes[0]! >> 4, new Uint8Array(bytes.slice(start)))
        bytes = []
        start = length = 0
      }
    }
  }
}
