import { packet, string, uint16 } from './field-writer.ts'
import {
  byteProperty,
  type PublishProperties,
  properties,
  publishProperties,
  stringProperty,
  uint16Property,
  uint32Property,
} from './properties.ts'
import { type MqttVersion, PACKET, REASON, RETURN_CODE } from './wire.ts'

/** What a server sends to a client, in MQTT 3.1.1 and 5. */

/** What only v5 can say about the end of a connection. */
interface Why {
  /** The reason, for people. */
  reasonString?: string | undefined
  /** The server to use instead. */
  reference?: string | undefined
}

export interface ConnackOptions extends Why {
  version: MqttVersion
  /** A v5 reason code, translated for a 3.1.1 client. Default: accepted. */
  reason?: number
  /** What an accepted v5 client is told. */
  announce?: {
    packetBytesMax: number
    assignedClientId?: string | undefined
    serverKeepAliveS?: number | undefined
  }
}

/** CONNACK. Session Present is always 0: an edge keeps no sessions. [MQTT-3.2.2-1] [MQTT-3.2.2-4] */
export function encodeConnack({
  version,
  reason = REASON.success,
  announce,
  ...why
}: ConnackOptions): Uint8Array<ArrayBuffer> {
  if (version === 4) return packet(PACKET.connack, 0, [0, returnCodeOf(reason)])
  const announced = announce === undefined ? properties(saidProperties(why)) : announcedProperties(announce)
  return packet(PACKET.connack, 0, [0, reason, ...announced])
}

/** Section 3.2.2.3 of v5. Topic Alias Maximum is absent: no aliases. */
function announcedProperties({
  packetBytesMax,
  assignedClientId,
  serverKeepAliveS,
}: NonNullable<ConnackOptions['announce']>): number[] {
  return properties(
    // The session ends with the connection, whatever the client requested.
    uint32Property(17, 0),
    byteProperty(36, 0), // Maximum QoS
    byteProperty(37, 1), // Retain Available
    uint32Property(39, packetBytesMax),
    assignedClientId === undefined ? [] : stringProperty(18, assignedClientId),
    byteProperty(40, 1), // Wildcard Subscription Available
    byteProperty(41, 0), // Subscription Identifiers Available: they would need other bytes for each client
    byteProperty(42, 0), // Shared Subscription Available
    serverKeepAliveS === undefined ? [] : uint16Property(19, serverKeepAliveS),
  )
}

/** 3.1.1 has six codes. 3 invites a retry, so it stands for temporary reasons; permanent ones become 5. */
function returnCodeOf(reason: number): number {
  switch (reason) {
    case REASON.success:
      return RETURN_CODE.accepted
    case REASON.unsupportedProtocolVersion:
      return RETURN_CODE.unacceptableProtocolVersion
    case REASON.clientIdentifierNotValid:
      return RETURN_CODE.identifierRejected
    case REASON.badUserNameOrPassword:
      return RETURN_CODE.badUserNameOrPassword
    case REASON.serverUnavailable:
    case REASON.serverBusy:
    case REASON.serverShuttingDown:
    case REASON.useAnotherServer:
    case REASON.quotaExceeded:
    case REASON.connectionRateExceeded:
      return RETURN_CODE.serverUnavailable
    default:
      return RETURN_CODE.notAuthorized
  }
}

/** SUBACK with one code for each filter, in their order. [MQTT-3.8.4-5] */
export const encodeSuback = (
  version: MqttVersion,
  packetId: number,
  codes: number[],
): Uint8Array<ArrayBuffer> =>
  packet(PACKET.suback, 0, [...uint16(packetId), ...(version === 5 ? properties() : []), ...codes])

/** UNSUBACK. In 3.1.1 it has no codes. [MQTT-3.10.4-4] */
export const encodeUnsuback = (
  version: MqttVersion,
  packetId: number,
  codes: number[],
): Uint8Array<ArrayBuffer> =>
  packet(
    PACKET.unsuback,
    0,
    version === 5 ? [...uint16(packetId), ...properties(), ...codes] : uint16(packetId),
  )

/** [MQTT-3.4.1]: the answer to a PUBLISH with QoS 1, in the form of 3.1.1. */
export const encodePuback = (packetId: number): Uint8Array<ArrayBuffer> =>
  packet(PACKET.puback, 0, uint16(packetId))

export interface PublishPacket {
  topic: string
  payload: Uint8Array
  retain: boolean
  properties?: PublishProperties | undefined
}

/** PUBLISH with QoS 0. Version 3.1.1 has no properties. */
export const encodePublish = (
  version: MqttVersion,
  { topic, payload, retain, properties: said }: PublishPacket,
): Uint8Array<ArrayBuffer> =>
  packet(
    PACKET.publish,
    retain ? 1 : 0,
    version === 5 ? [...string(topic), ...(said ? publishProperties(said) : properties())] : string(topic),
    payload,
  )

export const encodePingresp = (): Uint8Array<ArrayBuffer> => packet(PACKET.pingresp, 0)

/** DISCONNECT of v5; a 3.1.1 server has no such packet and just closes. */
export function encodeServerDisconnect(reason: number, why: Why = {}): Uint8Array<ArrayBuffer> {
  const said = saidProperties(why)
  return packet(PACKET.disconnect, 0, said.length === 0 ? [reason] : [reason, ...properties(said)])
}

/** Server Reference and Reason String, sections 3.2.2.3.16, 3.2.2.3.9, 3.14.2.2.5 and 3.14.2.2.3 of v5. */
const saidProperties = ({ reasonString, reference }: Why): number[] => [
  ...(reference === undefined ? [] : stringProperty(28, reference)),
  ...(reasonString === undefined ? [] : stringProperty(31, reasonString)),
]
