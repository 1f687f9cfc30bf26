import type { IPublishPacket } from 'mqtt'
import type { MessageProperties } from '../pubsub/pubsub.ts'

type PacketProperties = NonNullable<IPublishPacket['properties']>

/** The properties of a received PUBLISH; undefined if there are none. */
export function fromPacket(
  given: PacketProperties | undefined,
  now: number,
): { properties?: MessageProperties } {
  if (given === undefined) return {}
  const { payloadFormatIndicator, contentType, responseTopic, correlationData } = given
  const properties: MessageProperties = {
    ...(payloadFormatIndicator !== undefined && { isText: payloadFormatIndicator }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(given.userProperties && { userProperties: pairsOf(given.userProperties) }),
    ...(given.messageExpiryInterval !== undefined && { expiresMs: now + given.messageExpiryInterval * 1000 }),
  }
  return Object.keys(properties).length === 0 ? {} : { properties }
}

const pairsOf = (given: NonNullable<PacketProperties['userProperties']>): [string, string][] =>
  Object.entries(given).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )

/** The same for a PUBLISH to be sent: with the remaining expiry [MQTT-3.3.2-6]. */
export function toPacket(
  properties: MessageProperties | undefined,
  now: number,
): { properties?: PacketProperties } | 'expired' {
  if (properties === undefined) return {}
  const { isText, contentType, responseTopic, correlationData, userProperties, expiresMs } = properties
  if (expiresMs !== undefined && expiresMs <= now) return 'expired'
  const packet: PacketProperties = {
    ...(isText !== undefined && { payloadFormatIndicator: isText }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }),
    ...(userProperties && { userProperties: groupsOf(userProperties) }),
    ...(expiresMs !== undefined && { messageExpiryInterval: Math.ceil((expiresMs - now) / 1000) }),
  }
  return { properties: packet }
}

function groupsOf(pairs: [string, string][]): Record<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value])
  // Safe also for a name that objects inherit.
  return Object.fromEntries(groups)
}
