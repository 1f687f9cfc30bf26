import { connect, type Socket } from 'node:net'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'

/** Many viewers that only count bytes, so that they cost less than the server that is measured. */
export interface Fleet {
  /** Bytes heard by all since the start. */
  bytes(): number
  close(): void
}

/** `lane`: a WebSocket that a fast lane has handed over. */
export type TransportName = 'WebSocket' | 'lane' | 'TCP'

const CONNECT = Buffer.concat([
  encodeConnect({ clientId: '', keepAliveS: 0 }),
  encodeSubscribe(1, ['roar/final/mood']),
])
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
/** Connections that are opened at once. */
const SLICE = 50

/** Opens viewers, some at a time, and settles when each has been answered its SUBSCRIBE. */
export async function openFleet(port: number, transport: TransportName, viewers: number): Promise<Fleet> {
  let bytes = 0
  const sockets: Socket[] = []
  for (let opened = 0; opened < viewers; opened += SLICE) {
    const some = Array.from({ length: Math.min(SLICE, viewers - opened) }, () => open(port, transport))
    sockets.push(...(await Promise.all(some)))
  }
  for (const socket of sockets) {
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
  }
  return {
    bytes: () => bytes,
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function open(port: number, transport: TransportName): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  const ends = (marker: number) =>
    new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer | string) => {
        if (!Buffer.from(chunk).includes(marker)) return
        socket.off('data', onData)
        resolve()
      }
      socket.on('data', onData)
      socket.once('error', reject)
    })
  if (transport === 'TCP') {
    socket.write(CONNECT)
  } else {
    socket.write(UPGRADE)
    await ends(0x0a)
    // One binary frame, its mask all zeros. RFC 6455, section 5.2.
    socket.write(Buffer.concat([Buffer.of(0x82, 0x80 | CONNECT.length, 0, 0, 0, 0), CONNECT]))
  }
  // The first byte of SUBACK.
  await ends(0x90)
  return socket
}
