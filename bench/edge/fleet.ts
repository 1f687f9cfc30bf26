import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'

/** Many viewers that only count bytes, so that they cost less than the server that is measured. */
export interface Fleet {
  /** Bytes heard by all since the start. @throws once a connection has ended that `close` did not end */
  bytes(): number
  close(): void
}

/** `lane`: a WebSocket that a fast lane has handed over. `wss`: that over TLS. `TLS`: MQTT over TLS over TCP. */
export type TransportName = 'WebSocket' | 'lane' | 'wss' | 'TCP' | 'TLS'

/** The mood packet of a busy show is about so long. */
export const PAYLOAD_BYTES = 220
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
/** Connections that are opened at once. */
const SLICE = 50

/** Opens viewers, some at a time, and settles when each has been answered its SUBSCRIBE. Rejects when one is turned away. */
export async function openFleet(
  port: number,
  transport: TransportName,
  viewers: number,
  filters = MOOD,
): Promise<Fleet> {
  const hello = connectOf(filters)
  let bytes = 0
  const sockets: Socket[] = []
  for (let opened = 0; opened < viewers; opened += SLICE) {
    const some = Array.from({ length: Math.min(SLICE, viewers - opened) }, () =>
      open({ port, transport, hello }),
    )
    sockets.push(...(await Promise.all(some)))
  }
  let closing = false
  let cut = 0
  for (const socket of sockets) {
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    socket.on('close', () => {
      if (!closing) cut++
    })
    // Its end is what counts.
    socket.on('error', () => {})
  }
  return {
    bytes() {
      if (cut > 0) throw new Error(`the server ended ${cut} of ${viewers} connections`)
      return bytes
    },
    close() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function open({
  port,
  transport,
  hello,
}: {
  port: number
  transport: TransportName
  hello: Buffer
}): Promise<Socket> {
  const socket =
    transport === 'TLS' || transport === 'wss'
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(port, '127.0.0.1')
  const answered = (marker: number) =>
    new Promise<void>((resolve, reject) => {
      let said = ''
      const onData = (chunk: Buffer | string) => {
        const bytes = Buffer.from(chunk)
        said = bytes.toString('latin1').replace(/[^ -~]/g, '')
        if (!bytes.includes(marker)) return
        socket.off('data', onData)
        socket.off('close', onClose)
        resolve()
      }
      const onClose = () => reject(new Error(`the server turned a viewer away: ${said || 'it said nothing'}`))
      socket.on('data', onData)
      socket.once('close', onClose)
      socket.once('error', reject)
    })
  if (transport === 'TCP' || transport === 'TLS') {
    socket.write(hello)
  } else {
    socket.write(UPGRADE)
    await answered(0x0a)
    // One binary frame, its mask all zeros. RFC 6455, section 5.2.
    const length = hello.length < 126 ? [0x80 | hello.length] : [0xfe, hello.length >> 8, hello.length & 0xff]
    socket.write(Buffer.concat([Buffer.of(0x82, ...length, 0, 0, 0, 0), hello]))
  }
  // The first byte of SUBACK.
  await answered(0x90)
  return socket
}
