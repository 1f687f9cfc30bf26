import { comeAgainMs, goTo, nextStep } from '../../protocol/close-codes.ts'
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

/** A connection silent for this long, or up to half as long again, is pinged: a crowd must not ping in step. */
export const QUIET_MS = 5_000
/** How long the pong may take. */
export const PONG_MS_MAX = 4_000
/** While packets flow no ping is needed here, but the server must hear from us: twice within a keep-alive. */
const PING_MS = 30_000
const KEEP_ALIVE_S = 60

export interface MqttOptions {
  url: string
  /** The prefix of topics and filters. */
  prefix: string
  /** Filters, without the prefix. */
  topics: readonly string[]
}

/** Subscribes by MQTT 3.1.1 over WebSocket. Needs `platform.WebSocket`; throws what its constructor throws. */
export function openMqtt(
  { WebSocket, after, now, random }: Platform,
  { url, prefix, topics }: MqttOptions,
  { opened, packet, lost }: LinkEvents,
): () => void {
  const socket = new WebSocket!(url, 'mqtt')
  socket.binaryType = 'arraybuffer'
  const quietMs = QUIET_MS * (1 + random() / 2)
  let open = false
  let over = false
  let pingedAt = 0
  let cancel = () => {}

  const close = () => {
    over = true
    cancel()
    if (socket.readyState === 1) socket.send(disconnectPacket())
    socket.close()
  }
  const end = (next: Loss['next'], code: Loss['code'] = 'lost', retryAfterMs?: number, to?: string) => {
    if (over) return
    close()
    lost({ next, code, retryAfterMs, to })
  }
  const ping = () => {
    pingedAt = now()
    socket.send(pingPacket())
  }
  const heard = () => {
    if (!open || over) return
    cancel()
    cancel = after(quietMs, () => {
      ping()
      cancel = after(PONG_MS_MAX, () => end('reconnect', 'silent'))
    })
    if (now() - pingedAt > PING_MS) ping()
  }

  const read = packetReader((type, body) => {
    if (over) return
    if (type === PUBLISH) {
      const [topic, payload] = readPublish(body)
      if (topic.startsWith(prefix)) packet(topic.slice(prefix.length), parsePacket(payload))
    } else if (type === CONNACK) {
      // Section 3.2.2.3: 3 means temporarily unavailable; the others refuse this very request.
      if (body[1] === 0) socket.send(subscribePacket(topics.map((topic) => prefix + topic)))
      else end(body[1] === 3 ? 'reconnect' : 'give-up')
    } else if (type === SUBACK) {
      // A broker may refuse some filters to viewers; one that refuses all is not ours.
      if (body.subarray(2).every((code) => code > 2)) return end('give-up')
      open = true
      pingedAt = now()
      opened()
    }
  })

  socket.onopen = () => {
    socket.send(connectPacket(`roar-${random().toString(36)}`, KEEP_ALIVE_S))
  }
  socket.onmessage = ({ data }) => {
    try {
      read(new Uint8Array(data))
    } catch {
      // Not MQTT: asking this address again would not help, and nobody reads the reason here.
      end('give-up')
    }
    heard()
  }
  socket.onclose = ({ code, reason }) => {
    const againMs = comeAgainMs(reason)
    end(nextStep(code), againMs ? 'stopping' : 'lost', againMs, goTo(reason))
  }
  return close
}
