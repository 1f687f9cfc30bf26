import { connect } from 'node:net'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { decodeServerPacket, type ServerPacket } from '../../protocol/mqtt/decode-server.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { FrameReader } from '../../protocol/mqtt/frame-reader.ts'
import { startHttp } from '../http/server.ts'
import { createEdge, type EdgeOptions } from './edge.ts'

/** An edge with the show `final`, on free ports of this machine, over a PubSub in this process. */
export function startEdge(options: Partial<EdgeOptions> = {}) {
  const pubsub = memoryPubSub()
  const edge = createEdge({
    pubsub,
    clock: systemClock,
    showExists: (show) => show === 'final',
    segmentExists: (_show, segment) => segment === 'home' || segment === 'away',
    windowMs: 250,
    ...options,
  })
  edge.start()
  const { routes, websocket, laneRoutes, upgrade } = edge
  const address = { host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }) }
  const http = startHttp({ ...address, routes, websocket })
  const lane = startHttp({ ...address, routes, websocket, laneRoutes, upgrade })
  const tcp = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
  return {
    edge,
    url: http.url,
    webSocketUrl: `${http.url.replace('http:', 'ws:')}/mqtt`,
    lane,
    laneUrl: `${lane.url.replace('http:', 'ws:')}/mqtt`,
    tcpPort: tcp.port,
    publish(topic: string, payload: string, retain = false) {
      pubsub.publish({ topic, payload: new TextEncoder().encode(payload), retain })
    },
    async close() {
      await edge.close()
      await http.close()
      await lane.close()
      await pubsub.close()
    },
  }
}

export type EdgeFixture = ReturnType<typeof startEdge>

/** A socket through which a test sends bytes. */
export interface RawSocket {
  send(bytes: Uint8Array | number[] | string): void
  /** The bytes received so far. */
  heard(): Uint8Array
  /** Settles when this many bytes were received. */
  hears(bytes: number): Promise<void>
  /** Settles with the WebSocket close code; over TCP with undefined. */
  closed: Promise<number | undefined>
  close(): void
}

/** `lane`: a WebSocket handed over by a fast lane. */
export type TransportName = 'WebSocket' | 'lane' | 'TCP'
export const TRANSPORTS: TransportName[] = ['WebSocket', 'lane', 'TCP']

export const openSocket = (fixture: EdgeFixture, transport: TransportName): Promise<RawSocket> =>
  transport === 'TCP'
    ? openTcp(fixture)
    : openWebSocket(transport === 'lane' ? fixture.laneUrl : fixture.webSocketUrl)

function inbox() {
  const chunks: Uint8Array[] = []
  let bytesHeard = 0
  const wake: (() => void)[] = []
  return {
    take(chunk: Uint8Array) {
      chunks.push(chunk)
      bytesHeard += chunk.length
      for (const call of wake.splice(0)) call()
    },
    heard: () => new Uint8Array(Buffer.concat(chunks)),
    async hears(bytes: number) {
      while (bytesHeard < bytes) await new Promise<void>((resume) => wake.push(resume))
    },
  }
}

async function openWebSocket(url: string): Promise<RawSocket> {
  const { take, heard, hears } = inbox()
  const socket = new WebSocket(url, 'mqtt')
  socket.binaryType = 'arraybuffer'
  socket.onmessage = ({ data }) => take(new Uint8Array(data))
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error('The upgrade was refused'))
  })
  socket.onerror = null
  return {
    send: (bytes) => socket.send(typeof bytes === 'string' ? bytes : Uint8Array.from(bytes)),
    heard,
    hears,
    closed,
    close: () => socket.close(),
  }
}

async function openTcp({ tcpPort }: EdgeFixture): Promise<RawSocket> {
  const { take, heard, hears } = inbox()
  const socket = connect(tcpPort, '127.0.0.1')
  socket.on('data', take)
  const closed = new Promise<undefined>((resolve) => socket.once('close', () => resolve(undefined)))
  // A reset is one way in which the edge may close; `closed` reports it.
  socket.on('error', () => socket.destroy())
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  return {
    send: (bytes) => void socket.write(typeof bytes === 'string' ? bytes : Uint8Array.from(bytes)),
    heard,
    hears,
    closed,
    close: () => socket.destroy(),
  }
}

/** The packets of a 3.1.1 server in a stream of bytes. */
export const packetsIn = (bytes: Uint8Array): ServerPacket[] =>
  [...new FrameReader({ packetBytesMax: 1 << 20 }).read(bytes)].map(decodeServerPacket)

const CONNACK_BYTES = 4

/** A 3.1.1 viewer that has been accepted and, where filters are given, has its SUBACK. */
export async function openViewer(
  fixture: EdgeFixture,
  transport: TransportName,
  filters: string[] = [],
): Promise<RawSocket> {
  const socket = await openSocket(fixture, transport)
  socket.send(encodeConnect({ clientId: 'viewer', keepAliveS: 60 }))
  if (filters.length > 0) socket.send(encodeSubscribe(1, filters))
  const subackBytes = filters.length > 0 ? 4 + filters.length : 0
  await socket.hears(CONNACK_BYTES + subackBytes)
  return socket
}
