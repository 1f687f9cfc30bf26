import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { type Hello, type OnPacket, Viewer } from './viewer.ts'

/** Many viewers that only count, so that they cost less than the measured server. */
export interface Fleet {
  /** Bytes received by all since each was answered. @throws once a connection has ended other than by `close` */
  bytes(): number
  close(): void
}

/** `lane`: a WebSocket handed over by a fast lane. `wss`: that over TLS. `TLS`: MQTT over TLS over TCP. */
export type TransportName = 'WebSocket' | 'lane' | 'wss' | 'TCP' | 'TLS'

/** About the size of a busy show's mood packet. */
export const PAYLOAD_BYTES = 220
/** Ends each payload and occurs nowhere else in a server's output: some put several packets into one frame. */
const END = '!'
/** A numbered payload, for counting. */
export const payloadOf = (serial: number): string => `${serial}`.padStart(PAYLOAD_BYTES - 1, '.') + END

/** The subscriptions of a viewer of one thing, and of a page. */
const MOOD_TOPIC = 'roar/final/mood'
export const MOOD = [MOOD_TOPIC]
export const PAGE = [
  ...MOOD,
  ...['feed', 'show', 'viewers', 'polls/+', 'mood/home'].map((topic) => `roar/final/${topic}`),
]

const UPGRADE = [
  'GET /mqtt HTTP/1.1',
  'Host: edge',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: mqtt',
  '',
  '',
].join('\r\n')
/** The header before a payload of 128 bytes or more in a PUBLISH on the mood, and the header before that in a frame. */
export const PUBLISH_HEAD_BYTES = 1 + 2 + 2 + MOOD_TOPIC.length
export const FRAME_HEAD_BYTES = 4
/** First bytes of what a viewer waits for in turn: the end of the handshake's line, SUBACK. */
const LINE_END = 0x0a
const SUBACK = 0x90

export interface FleetOptions {
  /** Default: `MOOD`. */
  filters?: string[]
  /** How many connect concurrently. Default 50. */
  atOnce?: number
  /** Each of those waits randomly for up to this long, in milliseconds. Default 0. */
  jitterMs?: number
  /** Marks a packet. Default: the end of one by `payloadOf`. */
  mark?: string
  /** Called for each marked packet that a viewer receives, with its number of earlier ones, and where in which bytes the mark is. */
  onPacket?: OnPacket
}

/** Connects viewers and settles when each SUBSCRIBE has been answered. Rejects when one is refused. */
export async function openFleet(
  port: number,
  transport: TransportName,
  viewers: number,
  { filters = MOOD, atOnce = 50, jitterMs = 0, mark = END, onPacket = () => {} }: FleetOptions = {},
): Promise<Fleet> {
  const options = { hello: helloOf(transport, filters), end: mark, onPacket }
  const secure = transport === 'TLS' || transport === 'wss'
  const all: Viewer[] = []
  const open = async () => {
    if (jitterMs > 0) await Bun.sleep(Math.random() * jitterMs)
    const viewer = new Viewer(options)
    all.push(viewer)
    await viewer.connect(port, { secure })
  }
  const close = () => {
    for (const viewer of all) viewer.close()
  }
  try {
    for (let opened = 0; opened < viewers; opened += atOnce)
      await Promise.all(Array.from({ length: Math.min(atOnce, viewers - opened) }, open))
  } catch (error) {
    close()
    throw error
  }
  return {
    bytes() {
      const cut = all.filter((viewer) => viewer.cut).length
      if (cut > 0) throw new Error(`the server ended ${cut} of ${viewers} connections`)
      return all.reduce((sum, viewer) => sum + viewer.bytes, 0)
    },
    close,
  }
}

function helloOf(transport: TransportName, filters: string[]): Hello {
  const mqtt = Buffer.concat([encodeConnect({ clientId: '', keepAliveS: 0 }), encodeSubscribe(1, filters)])
  if (transport === 'TCP' || transport === 'TLS') return [{ says: mqtt, until: SUBACK }]
  // A single binary frame with a zero mask. RFC 6455, section 5.2.
  const length = mqtt.length < 126 ? [0x80 | mqtt.length] : [0xfe, mqtt.length >> 8, mqtt.length & 0xff]
  const frame = Buffer.concat([Buffer.of(0x82, ...length, 0, 0, 0, 0), mqtt])
  return [
    { says: UPGRADE, until: LINE_END },
    { says: frame, until: SUBACK },
  ]
}
