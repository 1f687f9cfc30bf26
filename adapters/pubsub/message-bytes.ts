import type { Message } from './pubsub.ts'

/** Overhead of a property beside its text: identifier and length. */
const HEAD_BYTES = 5

/** Bytes of a message, without its topic, as sent to each MQTT 5 receiver. */
export function messageBytes({ payload, properties }: Pick<Message, 'payload' | 'properties'>): number {
  if (properties === undefined) return payload.length
  const { contentType = '', responseTopic = '', correlationData, userProperties = [] } = properties
  const texts = [contentType, responseTopic, ...userProperties.flat()]
  return texts.reduce(
    (sum, text) => sum + HEAD_BYTES + Buffer.byteLength(text),
    payload.length + HEAD_BYTES + (correlationData?.length ?? 0),
  )
}
