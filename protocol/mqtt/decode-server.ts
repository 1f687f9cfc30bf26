import { FieldReader } from './field-reader.ts'
import type { Frame } from './frame-reader.ts'
import { malformed, PACKET } from './wire.ts'

/** What a viewer receives, in MQTT 3.1.1. */
export type ServerPacket =
  | { type: 'connack'; sessionPresent: boolean; returnCode: number }
  | { type: 'suback'; packetId: number; codes: number[] }
  | { type: 'unsuback'; packetId: number }
  | { type: 'publish'; topic: string; payload: Uint8Array; retain: boolean }
  | { type: 'pingresp' }

/** Reads one packet of a 3.1.1 server that grants QoS 0. Throws `MqttError` for anything else. `payload` may alias its chunk. */
export function decodeServerPacket({ type, flags, body }: Frame): ServerPacket {
  const fields = new FieldReader(body)
  if (type === PACKET.publish) {
    // A higher QoS than granted would need an acknowledgement, which a viewer never sends.
    if (flags & 0b1110) throw malformed('A PUBLISH with a QoS that was not granted')
    return { type: 'publish', topic: fields.string(), payload: fields.rest(), retain: flags === 1 }
  }
  // [MQTT-2.2.2-2]
  if (flags !== 0) throw malformed('Reserved bits are set')
  const decoded = decodeAnswer(type, fields)
  fields.end()
  return decoded
}

function decodeAnswer(type: number, fields: FieldReader): ServerPacket {
  switch (type) {
    case PACKET.connack: {
      const acknowledge = fields.byte()
      // [MQTT-3.2.2-1]
      if (acknowledge > 1) throw malformed('Reserved bits are set')
      return { type: 'connack', sessionPresent: acknowledge === 1, returnCode: fields.byte() }
    }
    case PACKET.suback:
      return { type: 'suback', packetId: fields.packetId(), codes: [...fields.rest()] }
    case PACKET.unsuback:
      return { type: 'unsuback', packetId: fields.packetId() }
    case PACKET.pingresp:
      return { type: 'pingresp' }
    default:
      throw malformed(`Packet type ${type} is not one that a server sends to a viewer`)
  }
}
