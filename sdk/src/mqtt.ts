import { nextStep } from '../../protocol/close-codes.ts'
import { type LinkEvents, type Loss, parsePacket } from './link.ts'
import type { Platform } from './platform.ts'
import {
  CONNACK,
  connectPacket,
  disconnectPacket,
  PUBLISH,
  packetReader,
  pingPacket,
  readPublish,
  SUBACK,
  subscribePacket,
} from './wire.ts'

/** From the first byte to SUBACK. */
const OPEN_MS_MAX = 10_000
/** Two pings fit into a keep-alive, so one that is late cuts nobody. A silent line is noticed within two. */
const PING_MS = 20_000
const KEEP_ALIVE_S = 45

export interface MqttOptions {
  url: string
  /** Topics and filters start with it. */
  prefix: string
  /** Filters, without the prefix. */
  topics: readonly string[]
}

/** Listens by MQTT 3.1.1 over WebSocket. Needs `platform.WebSocket`; throws what its constructor throws. */
export function openMqtt(
  { WebSocket, after, random }: Platform,
  { url, prefix, topics }: MqttOptions,
  { opened, packet, lost }: LinkEvents,
): () => void {
  const socket = new WebSocket!(url, 'mqtt')
  socket.binaryType = 'arraybuffer'
  let heard = false
  let over = false

  const close = () => {
    over = true
    cancel()
    if (socket.readyState === 1) socket.send(disconnectPacket())
    socket.close()
  }
  const end = (next: Loss['next']) => {
    if (over) return
    close()
    lost({ next })
  }
  const ping = () => {
    if (!heard) return end('reconnect')
    heard = false
    socket.send(pingPacket())
    cancel = after(PING_MS, ping)
  }
  let cancel = after(OPEN_MS_MAX, () => end('reconnect'))

  const read = packetReader((type, body) => {
    if (over) return
    if (type === PUBLISH) {
      const [topic, payload] = readPublish(body)
      if (topic.startsWith(prefix)) packet(topic.slice(prefix.length), parsePacket(payload))
    } else if (type === CONNACK) {
      // Section 3.2.2.3: 3 is a server that is not available now; the others answer this very request.
      if (body[1] === 0) socket.send(subscribePacket(topics.map((topic) => prefix + topic)))
      else end(body[1] === 3 ? 'reconnect' : 'give-up')
    } else if (type === SUBACK) {
      // A broker may refuse some filters to viewers; one that refuses all is none of ours.
      if (body.subarray(2).every((code) => code > 2)) return end('give-up')
      cancel()
      cancel = after(PING_MS, ping)
      opened()
    }
  })

  socket.onopen = () => {
    socket.send(connectPacket(`roar-${Math.floor(random() * 2 ** 52).toString(36)}`, KEEP_ALIVE_S))
  }
  socket.onmessage = ({ data }) => {
    heard = true
    try {
      read(new Uint8Array(data))
    } catch {
      // Not MQTT, so asking this address again would not help, and nobody reads the reason here.
      end('give-up')
    }
  }
  socket.onclose = ({ code }) => end(nextStep(code))
  return close
}
