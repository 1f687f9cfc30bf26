import { FieldReader } from './field-reader.ts'
import type { Frame } from './frame-reader.ts'
import { readProperties } from './properties.ts'
import { MqttError, type MqttVersion, malformed, PACKET, REASON } from './wire.ts'

/** What a client sends to a server, in MQTT 3.1.1 and 5. */

export interface ConnectPacket {
  type: 'connect'
  version: MqttVersion
  clientId: string
  /** Discard what an earlier connection left: Clean Session in 3.1.1, Clean Start in 5. */
  clean: boolean
  keepAliveS: number
  will: { topic: string; qos: number; retain: boolean } | undefined
  username: string | undefined
  password: Uint8Array | undefined
  /** v5: the largest packet that the client accepts. */
  packetBytesMax: number | undefined
  /** How long the session should outlive the connection, in seconds: only v5 says so; default 0. */
  sessionExpiryS: number
  /** v5: the client asks for an exchange of AUTH packets. */
  authenticationMethod: string | undefined
}

export interface Subscription {
  filter: string
  qos: number
  noLocal: boolean
  /** v5: keep the RETAIN flag as it was published. */
  retainAsPublished: boolean
  /** v5: 0 send retained messages, 1 only for a subscription that is new, 2 never. */
  retainHandling: number
}

export interface SubscribePacket {
  type: 'subscribe'
  packetId: number
  subscriptions: Subscription[]
  subscriptionIdentifier: number | undefined
}

export type ClientPacket =
  | ConnectPacket
  | SubscribePacket
  | { type: 'unsubscribe'; packetId: number; filters: string[] }
  | {
      type: 'publish'
      topic: string
      qos: number
      retain: boolean
      packetId: number | undefined
      payload: Uint8Array
    }
  | { type: 'pingreq' }
  | { type: 'disconnect'; reason: number; sessionExpiryS: number | undefined }
  | { type: 'acknowledgement' }
  | { type: 'auth' }

/**
 * CONNECT asks for an unsupported version. `answerIn` is the version for the refusal. A Mosquitto bridge sets the highest bit to
 * ask for its own rules, and retries without it after a refusal.
 */
export class UnsupportedVersionError extends MqttError {
  readonly answerIn: MqttVersion

  constructor(level: number) {
    super(REASON.unsupportedProtocolVersion, `MQTT protocol level ${level}; 4 (3.1.1) and 5 are spoken here`)
    this.name = 'UnsupportedVersionError'
    this.answerIn = (level & 0x7f) >= 5 ? 5 : 4
  }
}

/**
 * Reads one packet of a client. `version` is the one its CONNECT named; before CONNECT it does not matter. Throws only
 * `MqttError`, for bytes that break a rule. Byte arrays alias `frame.body`.
 */
export function decodeClientPacket({ type, flags, body }: Frame, version: MqttVersion): ClientPacket {
  const fields = new FieldReader(body)
  if (type === PACKET.publish) return decodePublish(flags, fields, version)
  // [MQTT-2.2.2-2]: PUBREL, SUBSCRIBE and UNSUBSCRIBE carry 0b0010, the others nothing.
  const expected = type === PACKET.pubrel || type === PACKET.subscribe || type === PACKET.unsubscribe ? 2 : 0
  if (flags !== expected) throw malformed('Reserved bits are not as they must be')
  const decoded = decodeByType(type, fields, version)
  fields.end()
  return decoded
}

function decodeByType(type: number, fields: FieldReader, version: MqttVersion): ClientPacket {
  switch (type) {
    case PACKET.connect:
      return decodeConnect(fields)
    case PACKET.subscribe:
      return decodeSubscribe(fields, version)
    case PACKET.unsubscribe:
      return decodeUnsubscribe(fields, version)
    case PACKET.pingreq:
      return { type: 'pingreq' }
    case PACKET.disconnect:
      return decodeDisconnect(fields, version)
    case PACKET.puback:
    case PACKET.pubrec:
    case PACKET.pubrel:
    case PACKET.pubcomp:
      // Ignored: nothing was sent that needs an acknowledgement.
      fields.rest()
      return { type: 'acknowledgement' }
    case PACKET.auth:
      // Type 15 is reserved in 3.1.1. [MQTT-2.2.1], table 2.1.
      if (version === 4) throw malformed('Packet type 15')
      fields.rest()
      return { type: 'auth' }
    default:
      throw new MqttError(REASON.protocolError, `Packet type ${type} is not one that a client sends`)
  }
}

function decodeConnect(fields: FieldReader): ConnectPacket {
  const protocol = fields.string()
  const level = fields.byte()
  // MQTT 3.1 named itself MQIsdp: the known protocol, in an unsupported version.
  if (protocol !== 'MQTT' && protocol !== 'MQIsdp') throw malformed('The protocol is not MQTT')
  if (protocol === 'MQIsdp') throw new UnsupportedVersionError(3)
  if (level !== 4 && level !== 5) throw new UnsupportedVersionError(level)
  const version = level
  const flags = fields.byte()
  const bit = (n: number) => (flags & (1 << n)) !== 0
  const [hasName, hasPassword, willRetain, willQos, hasWill] = [
    bit(7),
    bit(6),
    bit(5),
    (flags >> 3) & 3,
    bit(2),
  ]
  // [MQTT-3.1.2-3]
  if (bit(0)) throw malformed('The reserved flag of CONNECT is set')
  // [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-14] [MQTT-3.1.2-15]
  if (willQos === 3 || (!hasWill && (willQos > 0 || willRetain)))
    throw malformed('The will flags contradict each other')
  // [MQTT-3.1.2-22]; version 5 allows a password alone.
  if (version === 4 && hasPassword && !hasName) throw malformed('A password without a user name')
  const keepAliveS = fields.uint16()
  const { packetBytesMax, authenticationMethod, sessionExpiryS } =
    version === 5 ? readProperties(fields, 'connect') : {}
  // [MQTT-3.1.3-1]: the payload's order.
  const clientId = fields.string()
  const will = hasWill ? readWill(fields, version, willQos, willRetain) : undefined
  return {
    type: 'connect',
    version,
    clientId,
    clean: bit(1),
    keepAliveS,
    will,
    username: hasName ? fields.string() : undefined,
    password: hasPassword ? fields.binary() : undefined,
    packetBytesMax,
    authenticationMethod,
    sessionExpiryS: sessionExpiryS ?? 0,
  }
}

function readWill(
  fields: FieldReader,
  version: MqttVersion,
  qos: number,
  retain: boolean,
): ConnectPacket['will'] {
  if (version === 5) readProperties(fields, 'will')
  const topic = fields.string()
  fields.binary()
  return { topic, qos, retain }
}

function decodeSubscribe(fields: FieldReader, version: MqttVersion): SubscribePacket {
  const packetId = fields.packetId()
  const { subscriptionIdentifier } = version === 5 ? readProperties(fields, 'subscribe') : {}
  const subscriptions: Subscription[] = []
  while (fields.left > 0) subscriptions.push(readSubscription(fields, version))
  // [MQTT-3.8.3-3]
  if (subscriptions.length === 0) throw new MqttError(REASON.protocolError, 'SUBSCRIBE without a filter')
  return { type: 'subscribe', packetId, subscriptions, subscriptionIdentifier }
}

function readSubscription(fields: FieldReader, version: MqttVersion): Subscription {
  const filter = fields.string()
  const options = fields.byte()
  const qos = options & 3
  const retainHandling = (options >> 4) & 3
  // [MQTT-3-8.3-4] of 3.1.1, [MQTT-3.8.3-5] of v5.
  const reserved = version === 4 ? options & 0b11111100 : options & 0b11000000
  if (qos === 3 || reserved !== 0 || retainHandling === 3)
    throw malformed('Subscription options with reserved bits')
  return { filter, qos, noLocal: (options & 4) !== 0, retainAsPublished: (options & 8) !== 0, retainHandling }
}

function decodeUnsubscribe(fields: FieldReader, version: MqttVersion): ClientPacket {
  const packetId = fields.packetId()
  if (version === 5) readProperties(fields, 'unsubscribe')
  const filters: string[] = []
  while (fields.left > 0) filters.push(fields.string())
  // [MQTT-3.10.3-2]
  if (filters.length === 0) throw new MqttError(REASON.protocolError, 'UNSUBSCRIBE without a filter')
  return { type: 'unsubscribe', packetId, filters }
}

function decodePublish(flags: number, fields: FieldReader, version: MqttVersion): ClientPacket {
  const qos = (flags >> 1) & 3
  // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  if (qos === 3 || (qos === 0 && flags & 8)) throw malformed('The flags of PUBLISH contradict each other')
  const topic = fields.string()
  const packetId = qos > 0 ? fields.packetId() : undefined
  const { topicAlias } = version === 5 ? readProperties(fields, 'publish') : {}
  // CONNACK offered no aliases. [MQTT-3.3.2-9]
  if (topicAlias !== undefined) throw new MqttError(REASON.topicAliasInvalid, 'Topic aliases are not offered')
  return { type: 'publish', topic, qos, retain: (flags & 1) === 1, packetId, payload: fields.rest() }
}

function decodeDisconnect(fields: FieldReader, version: MqttVersion): ClientPacket {
  // Section 3.14.2.1 of v5: with nothing after the fixed header the reason is 0.
  if (version === 4 || fields.left === 0) {
    return { type: 'disconnect', reason: REASON.success, sessionExpiryS: undefined }
  }
  const reason = fields.byte()
  const { sessionExpiryS } = fields.left > 0 ? readProperties(fields, 'disconnect') : {}
  return { type: 'disconnect', reason, sessionExpiryS }
}
