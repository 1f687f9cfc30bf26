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
const http = startHttp({ host: '127.0.0.1', port: 0, routes, websocket, logger: pino({ level: 'silent' }) })
const tcp = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
console.log(JSON.stringify({ webSocketPort: http.server.port, tcpPort: tcp.port }))

for await (const line of console) {
  pubsub.publish({ topic: 'roar/final/mood', payload: new TextEncoder().encode(line), retain: true })
}
