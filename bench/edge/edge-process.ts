import { readFileSync } from 'node:fs'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { startHttp } from '../../services/http/server.ts'
import { RETAINED } from './peer.ts'

/**
 * An edge alone in a process. Prints its ports; an input line `N` publishes N as the packet, `=N` as a retained one. Arguments:
 * files of certificate and key.
 */
const [cert, key] = process.argv.slice(2) as [string?, string?]
const pubsub = memoryPubSub()
// A bench's crowd connects as fast as it can.
const limits = { connectsPerSecond: 0 }
const edge = createEdge({ pubsub, clock: systemClock, windowMs: 250, showExists: () => true, limits })
edge.start()
const { routes, websocket, laneRoutes, upgrade } = edge
const address = { host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }) }
const http = startHttp({ ...address, routes, websocket })
const lane = startHttp({ ...address, routes, websocket, laneRoutes, upgrade })
const tcp = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
const tls = cert && key ? { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } : undefined
const secure = tls && edge.listenTcp({ hostname: '127.0.0.1', port: 0, tls })
const wss = tls && startHttp({ ...address, routes, websocket, laneRoutes, upgrade, tls })
const ports = {
  WebSocket: http.server.port,
  lane: lane.fastLane!.port,
  wss: wss?.fastLane?.port,
  TCP: tcp.port,
  TLS: secure?.port,
}
console.log(JSON.stringify(ports))

for await (const line of console) {
  // Few are retained, as at the peers: of a retained topic only the newest waits, and the bench counts every packet.
  const retain = line.startsWith(RETAINED)
  const payload = new TextEncoder().encode(retain ? line.slice(RETAINED.length) : line)
  pubsub.publish({ topic: 'roar/final/mood', payload, retain })
}
