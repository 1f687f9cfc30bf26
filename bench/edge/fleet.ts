import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'

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

const connectOf = (filters: string[]) =>
  Buffer.concat([encodeConnect({ clientId: '', keepAliveS: 0 }), encodeSubscribe(1, filters)])
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
  const hello = connectOf(filters)
  const sockets: Socket[] = []
  let [bytes, cut, closing] = [0, 0, false]
  const open = async () => {
    if (jitterMs > 0) await Bun.sleep(Math.random() * jitterMs)
    const socket = connectTo(port, transport)
    sockets.push(socket)
    let heard = 0
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(END); at >= 0; at = chunk.indexOf(END, at + 1)) onPacket(heard++)
    })
    await greet(socket, { transport, hello })
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    socket.on('close', () => {
      if (!closing) cut++
    })
    // Its end is what counts.
    socket.on('error', () => {})
  }
  const close = () => {
    closing = true
    for (const socket of sockets) socket.destroy()
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
      if (cut > 0) throw new Error(`the server ended ${cut} of ${viewers} connections`)
      return bytes
    },
    close,
  }
}

const connectTo = (port: number, transport: TransportName): Socket =>
  transport === 'TLS' || transport === 'wss'
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1')

async function greet(
  socket: Socket,
  { transport, hello }: { transport: TransportName; hello: Buffer },
): Promise<void> {
  if (transport === 'TCP' || transport === 'TLS') {
    socket.write(hello)
  } else {
    socket.write(UPGRADE)
    await answered(socket, LINE_END)
    // One binary frame, its mask all zeros. RFC 6455, section 5.2.
    const length = hello.length < 126 ? [0x80 | hello.length] : [0xfe, hello.length >> 8, hello.length & 0xff]
    socket.write(Buffer.concat([Buffer.of(0x82, ...length, 0, 0, 0, 0), hello]))
  }
  await answered(socket, SUBACK)
}

function answered(socket: Socket, marker: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const settle = (settled: () => void) => {
      socket.off('data', onData)
      socket.off('close', onClose)
      socket.off('error', onError)
      settled()
    }
    const onData = (chunk: Buffer) => {
      said = chunk.toString('latin1').replace(/[^ -~]/g, '')
      if (chunk.includes(marker)) settle(resolve)
    }
    const onClose = () =>
      settle(() => reject(new Error(`the server turned a viewer away: ${said || 'it said nothing'}`)))
    const onError = (error: Error) => settle(() => reject(error))
    socket.on('data', onData)
    socket.on('close', onClose)
    socket.on('error', onError)
  })
}
