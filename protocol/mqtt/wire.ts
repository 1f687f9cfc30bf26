/** What both ends of an MQTT connection agree on: versions, packet types, reason codes. Clause numbers are of MQTT 3.1.1
 * where the text is the same in both versions, and marked `v5` where only version 5 has it. */

/** Protocol levels as CONNECT carries them: 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type MqttVersion = 4 | 5

/** The high half of a packet's first byte. */
export const PACKET = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const

/** Reason codes of MQTT 5, section 2.4, those that an edge sends. */
export const REASON = {
  success: 0x00,
  noSubscriptionExisted: 0x11,
  malformedPacket: 0x81,
  protocolError: 0x82,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  topicFilterInvalid: 0x8f,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  qosNotSupported: 0x9b,
  useAnotherServer: 0x9c,
  sharedSubscriptionsNotSupported: 0x9e,
  connectionRateExceeded: 0x9f,
  administrativeAction: 0x98,
  maximumConnectTime: 0xa0,
  subscriptionIdentifiersNotSupported: 0xa1,
} as const

const REASON_NAMES = new Map<number, string>(
  Object.entries(REASON).map(([name, code]) => [
    code,
    name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
  ]),
)

/** `packet_too_large` for 0x95: one of a closed set of names. */
export const reasonName = (reason: number): string => REASON_NAMES.get(reason) ?? 'other'

/** Return codes of CONNACK in MQTT 3.1.1, section 3.2.2.3. */
export const RETURN_CODE = {
  accepted: 0,
  unacceptableProtocolVersion: 1,
  identifierRejected: 2,
  serverUnavailable: 3,
  badUserNameOrPassword: 4,
  notAuthorized: 5,
} as const

/** SUBACK's one failure code in MQTT 3.1.1. */
export const SUBACK_FAILURE = 0x80

/** The bytes were not MQTT, or broke its rules. The connection cannot go on. [MQTT-4.8.0-1] */
export class MqttError extends Error {
  /** The reason as an MQTT 5 code. */
  readonly reason: number

  constructor(reason: number, message: string) {
    super(message)
    this.name = 'MqttError'
    this.reason = reason
  }
}

export const malformed = (message: string): MqttError => new MqttError(REASON.malformedPacket, message)
