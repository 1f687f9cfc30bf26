import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/pubsub/pubsub-memory.ts'
import { createEdge, type EdgeOptions } from '../../services/edge/edge.ts'
import { startHttp } from '../../services/http/server.ts'

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
  const { routes, websocket } = edge
  const http = startHttp({ host: '127.0.0.1', port: 0, routes, websocket, logger: pino({ level: 'silent' }) })
  const tcp = edge.listenTcp({ hostname: '127.0.0.1', port: 0 })
  return {
    edge,
    url: http.url,
    webSocketUrl: `${http.url.replace('http:', 'ws:')}/mqtt`,
    tcpPort: tcp.port,
    publish(topic: string, payload: string, retain = false) {
      pubsub.publish({ topic, payload: new TextEncoder().encode(payload), retain })
    },
    async close() {
      await edge.close()
      await http.close()
      await pubsub.close()
    },
  }
}
