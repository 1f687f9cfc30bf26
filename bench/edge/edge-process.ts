import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { startHttp } from '../../services/http/server.ts'

/** An edge alone in a process. Prints its ports; a line `N` on its input publishes N as the packet. */
const pubsub = memoryPubSub()
const edge = createEdge({ pubsub, clock: systemClock, windowMs: 250, showExists: () => true })
edge.start()
const { routes, websocket } = edge
const address = { host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }) }
const http = startHttp({ ...address, routes, websocket })
const atOnce = { path: '/v1/shows/:show/reactions', answer: () => undefined }
const lane = startHttp({ ...address, routes, websocket, atOnce, upgrade: edge.upgrade })
const tcp = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
const ports = { WebSocket: http.server.port, lane: lane.fastLane!.port, TCP: tcp.port }
console.log(JSON.stringify(ports))

for await (const line of console) {
  // Not retained, as at the peers: of a retained topic the newest alone waits, and the bench counts every one.
  pubsub.publish({ topic: 'roar/final/mood', payload: new TextEncoder().encode(line), retain: false })
}
