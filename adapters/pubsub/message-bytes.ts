import type { Message } from './pubsub.ts'

/** Of a property, beside its text: what it is and how long. */
const HEAD_BYTES = 5

/** Bytes of a message, without its topic, that each receiver of MQTT 5 is sent. */
export function messageBytes({ payload, properties }: Pick<Message, 'payload' | 'properties'>): number {
  if (properties === undefined) return payload.length
  const { contentType = '', responseTopic = '', correlationData, userProperties = [] } = properties
  const texts = [contentType, responseTopic, ...userProperties.flat()]
  return texts.reduce(
    (sum, text) => sum + HEAD_BYTES + Buffer.byteLength(text),
    payload.length + HEAD_BYTES + (correlationData?.length ?? 0),
  )
}
