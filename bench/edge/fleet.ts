import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { type Hello, Viewer } from './viewer.ts'

/** Many viewers that only count what they hear, so that they cost less than the server that is measured. */
export interface Fleet {
  /** Bytes heard by all since each was answered. @throws once a connection has ended that `close` did not end */
  bytes(): number
  close(): void
}

/** `lane`: a WebSocket that a fast lane has handed over. `wss`: that over TLS. `TLS`: MQTT over TLS over TCP. */
export type TransportName = 'WebSocket' | 'lane' | 'wss' | 'TCP' | 'TLS'

/** The mood packet of a busy show is about so long. */
export const PAYLOAD_BYTES = 220
/** Ends each payload and stands nowhere else in what a server sends: some put several packets into one frame. */
const END = '!'
/** A payload with a number, that viewers can count. */
export const payloadOf = (serial: number): string => `${serial}`.padStart(PAYLOAD_BYTES - 1, '.') + END

/** What a viewer listens to who looks at one thing, and what a page does. */
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
/** What stands before a payload of 128 bytes or more in a PUBLISH on the mood, and before that in a frame. */
export const PUBLISH_HEAD_BYTES = 1 + 2 + 2 + MOOD_TOPIC.length
export const FRAME_HEAD_BYTES = 4
/** First bytes of what a viewer waits for, one after the other: the end of the handshake's line, SUBACK. */
const LINE_END = 0x0a
const SUBACK = 0x90

export interface FleetOptions {
  /** Default: `MOOD`. */
  filters?: string[]
  /** How many connect at the same time. Default 50. */
  atOnce?: number
  /** Each of those that connect at the same time waits for up to so long, at random, in milliseconds. Default 0. */
  jitterMs?: number
  /** Called for each packet made by `payloadOf` that a viewer hears, with how many that one had heard before. */
  onPacket?: (nth: number) => void
}

/** Opens viewers and settles when each has been answered its SUBSCRIBE. Rejects when one is turned away. */
export async function openFleet(
  port: number,
  transport: TransportName,
  viewers: number,
  { filters = MOOD, atOnce = 50, jitterMs = 0, onPacket = () => {} }: FleetOptions = {},
): Promise<Fleet> {
  const options = { hello: helloOf(transport, filters), end: END, onPacket }
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
  // One binary frame, its mask all zeros. RFC 6455, section 5.2.
  const length = mqtt.length < 126 ? [0x80 | mqtt.length] : [0xfe, mqtt.length >> 8, mqtt.length & 0xff]
  const frame = Buffer.concat([Buffer.of(0x82, ...length, 0, 0, 0, 0), mqtt])
  return [
    { says: UPGRADE, until: LINE_END },
    { says: frame, until: SUBACK },
  ]
}
