import { packet, string, uint16 } from './field-writer.ts'
import { PACKET } from './wire.ts'

/** What a viewer sends, in MQTT 3.1.1: the version with the smallest packets, and enough for subscribing. */

export interface ConnectOptions {
  clientId: string
  /** Zero: the server does not check whether the client lives. */
  keepAliveS: number
  username?: string
  password?: string
}

/** CONNECT with a clean session. [MQTT-3.1.2-22]: a password goes with a user name, so an empty one is added. */
export function encodeConnect({
  clientId,
  keepAliveS,
  username,
  password,
}: ConnectOptions): Uint8Array<ArrayBuffer> {
  const name = username ?? (password === undefined ? undefined : '')
  const flags = 0x02 | (name === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40)
  return packet(PACKET.connect, 0, [
    ...string('MQTT'),
    4,
    flags,
    ...uint16(keepAliveS),
    ...string(clientId),
    ...(name === undefined ? [] : string(name)),
    ...(password === undefined ? [] : string(password)),
  ])
}

/** SUBSCRIBE with QoS 0 for each filter. Bits 0b0010 are the type's own. [MQTT-3.8.1-1] */
export const encodeSubscribe = (packetId: number, filters: string[]): Uint8Array<ArrayBuffer> =>
  packet(PACKET.subscribe, 2, [...uint16(packetId), ...filters.flatMap((filter) => [...string(filter), 0])])

/** [MQTT-3.10.1-1] */
export const encodeUnsubscribe = (packetId: number, filters: string[]): Uint8Array<ArrayBuffer> =>
  packet(PACKET.unsubscribe, 2, [...uint16(packetId), ...filters.flatMap(string)])

export const encodePingreq = (): Uint8Array<ArrayBuffer> => packet(PACKET.pingreq, 0)

export const encodeDisconnect = (): Uint8Array<ArrayBuffer> => packet(PACKET.disconnect, 0)
