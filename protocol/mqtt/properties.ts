import type { FieldReader } from './field-reader.ts'
import { binary, string, uint16, varint } from './field-writer.ts'
import { MqttError, malformed, REASON } from './wire.ts'

type Kind = 'byte' | 'uint16' | 'uint32' | 'varint' | 'string' | 'binary' | 'pair'

/** Section 2.2.2.2 of v5: every property, with the client packets that may carry it. */
const PROPERTIES: Record<number, { name: string; kind: Kind; in: string }> = {
  1: { name: 'payloadFormat', kind: 'byte', in: 'publish will' },
  2: { name: 'messageExpiryS', kind: 'uint32', in: 'publish will' },
  3: { name: 'contentType', kind: 'string', in: 'publish will' },
  8: { name: 'responseTopic', kind: 'string', in: 'publish will' },
  9: { name: 'correlationData', kind: 'binary', in: 'publish will' },
  11: { name: 'subscriptionIdentifier', kind: 'varint', in: 'subscribe' },
  17: { name: 'sessionExpiryS', kind: 'uint32', in: 'connect disconnect' },
  21: { name: 'authenticationMethod', kind: 'string', in: 'connect auth' },
  22: { name: 'authenticationData', kind: 'binary', in: 'connect auth' },
  23: { name: 'requestProblemInformation', kind: 'byte', in: 'connect' },
  24: { name: 'willDelayS', kind: 'uint32', in: 'will' },
  25: { name: 'requestResponseInformation', kind: 'byte', in: 'connect' },
  31: { name: 'reasonString', kind: 'string', in: 'puback disconnect auth' },
  33: { name: 'receiveMaximum', kind: 'uint16', in: 'connect' },
  34: { name: 'topicAliasMaximum', kind: 'uint16', in: 'connect' },
  35: { name: 'topicAlias', kind: 'uint16', in: 'publish' },
  38: {
    name: 'userProperty',
    kind: 'pair',
    in: 'connect publish will subscribe unsubscribe puback disconnect auth',
  },
  39: { name: 'packetBytesMax', kind: 'uint32', in: 'connect' },
}

export type PropertyOwner =
  | 'connect'
  | 'will'
  | 'publish'
  | 'puback'
  | 'subscribe'
  | 'unsubscribe'
  | 'disconnect'
  | 'auth'

/** The properties that an edge uses. All others are checked and dropped. */
export interface Properties {
  subscriptionIdentifier?: number
  authenticationMethod?: string
  requestProblemInformation?: number
  packetBytesMax?: number
  sessionExpiryS?: number
  topicAlias?: number
}

/** The length of a varint, then that many bytes of properties, each at most once. Section 2.2.2 of v5. */
export function readProperties(fields: FieldReader, owner: PropertyOwner): Properties {
  const length = readVarint(fields)
  const properties: Record<string, number | string> = {}
  const seen = new Set<number>()
  const end = fields.left - length
  if (end < 0) throw malformed('The packet ends inside its properties')
  while (fields.left > end) {
    const id = readVarint(fields)
    const property = PROPERTIES[id]
    if (!property?.in.split(' ').includes(owner)) throw malformed(`Property ${id} does not belong here`)
    const { name, kind } = property
    const value = readValue(fields, kind)
    // A property given twice is a protocol error; user properties may repeat.
    if (seen.has(id) && kind !== 'pair') throw protocolError(`Property ${id} is given twice`)
    seen.add(id)
    if (value !== undefined) properties[name] = value
  }
  if (fields.left !== end) throw malformed('A property reaches over the end of the properties')
  // Section 3.1.2.11.10 of v5.
  if (seen.has(22) && !seen.has(21)) throw protocolError('Authentication data without a method')
  check(properties)
  return properties
}

function check({
  receiveMaximum,
  packetBytesMax,
  topicAlias,
  ...flags
}: Record<string, number | string>): void {
  // Sections 3.1.2.11.3, 3.1.2.11.4 and 3.3.2.3.4 of v5.
  if (receiveMaximum === 0 || packetBytesMax === 0) throw protocolError('A maximum of zero')
  if (topicAlias === 0) throw new MqttError(REASON.topicAliasInvalid, 'Topic alias 0')
  if (flags.subscriptionIdentifier === 0) throw protocolError('Subscription identifier 0')
  for (const name of ['payloadFormat', 'requestProblemInformation', 'requestResponseInformation']) {
    if (Number(flags[name] ?? 0) > 1) throw protocolError(`${name} is 0 or 1`)
  }
}

function readValue(fields: FieldReader, kind: Kind): number | string | undefined {
  switch (kind) {
    case 'byte':
      return fields.byte()
    case 'uint16':
      return fields.uint16()
    case 'uint32':
      return fields.uint16() * 0x10000 + fields.uint16()
    case 'varint':
      return readVarint(fields)
    case 'string':
      return fields.string()
    case 'binary':
      fields.binary()
      return undefined
    case 'pair':
      fields.string()
      fields.string()
      return undefined
  }
}

function readVarint(fields: FieldReader): number {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = fields.byte()
    value += (byte & 0x7f) * 128 ** i
    if (byte & 0x80) continue
    // [MQTT-1.5.5-1]
    if (byte === 0 && i > 0) throw malformed('A variable byte integer is longer than it needs to be')
    return value
  }
  throw malformed('A variable byte integer has a fifth byte')
}

const protocolError = (message: string): MqttError => new MqttError(REASON.protocolError, message)

export const byteProperty = (id: number, value: number): number[] => [id, value]
export const uint16Property = (id: number, value: number): number[] => [id, ...uint16(value)]
export const uint32Property = (id: number, value: number): number[] => [
  id,
  ...uint16(Math.floor(value / 0x10000)),
  ...uint16(value % 0x10000),
]
export const stringProperty = (id: number, value: string): number[] => [id, ...string(value)]

/** The properties of a v5 PUBLISH. Section 3.3.2.3. */
export interface PublishProperties {
  /** The payload is UTF-8. */
  isText?: boolean
  /** Seconds after which it must not be delivered any more. */
  expiryS?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Uint8Array
  userProperties?: [name: string, value: string][]
}

export function publishProperties({
  isText,
  expiryS,
  contentType,
  responseTopic,
  correlationData,
  userProperties = [],
}: PublishProperties): number[] {
  return properties(
    isText === undefined ? [] : byteProperty(1, Number(isText)),
    expiryS === undefined ? [] : uint32Property(2, expiryS),
    contentType === undefined ? [] : stringProperty(3, contentType),
    responseTopic === undefined ? [] : stringProperty(8, responseTopic),
    correlationData === undefined ? [] : [9, ...binary(correlationData)],
    ...userProperties.map(([name, value]) => [38, ...string(name), ...string(value)]),
  )
}

/** Properties with their length before them. */
export const properties = (...each: number[][]): number[] => {
  const bytes = each.flat()
  return [...varint(bytes.length), ...bytes]
}
