import type { Message, MessageProperties } from '../../adapters/pubsub/pubsub.ts'
import { encodePublish } from '../../protocol/mqtt/encode-server.ts'
import type { PublishProperties } from '../../protocol/mqtt/properties.ts'
import { TOPIC_ROOT } from '../../protocol/topics.ts'

/**
 * The encoding in which a session receives a topic: MQTT 3.1.1, MQTT 5, MQTT 5 with RETAIN as published [MQTT-3.3.1-13], or a
 * server-sent event. All sessions of one dialect share one buffer.
 */
export type Dialect = '4' | '5' | '5r' | 'sse'
export const DIALECTS: readonly Dialect[] = ['4', '5', '5r', 'sse']

/** Also a retained value that answers a 3.1.1 SUBSCRIBE, with RETAIN set [MQTT-3.3.1-8]. In 5 it is as published. */
export type Form = Dialect | '4r'

/** @param now When it is sent, milliseconds since 1970. */
export function encode(form: Form, message: Message, now: number): Uint8Array<ArrayBuffer> {
  const { topic, payload } = message
  switch (form) {
    case 'sse':
      return encodeEvent(message)
    case '4':
    case '4r':
      return encodePublish(4, { topic, payload, retain: form === '4r' })
    case '5':
    case '5r':
      return encodePublish(5, {
        topic,
        payload,
        retain: form === '5r' && message.retain,
        properties: message.properties && propertiesAt(message.properties, now),
      })
  }
}

/** [MQTT-3.3.2-6]: the remaining expiry. */
function propertiesAt({ expiresMs, ...others }: MessageProperties, now: number): PublishProperties {
  return expiresMs === undefined
    ? others
    : { ...others, expiryS: Math.max(0, Math.ceil((expiresMs - now) / 1000)) }
}

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** The part after `roar/{show}/` is the event's name. */
export const eventName = (topic: string): string => topic.slice(topic.indexOf('/', TOPIC_ROOT.length + 1) + 1)

function encodeEvent({ topic, payload }: Message): Uint8Array<ArrayBuffer> {
  const lines = text.decode(payload).split(/\r\n|\r|\n/)
  const data = lines.map((line) => `data: ${line}\n`).join('')
  return utf8.encode(`event: ${eventName(topic)}\n${data}\n`)
}
