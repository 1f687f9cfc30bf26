import type { Fellows } from '../../services/http/operator.ts'
import { ConfigError } from '../config.ts'
import { pubsubCaOf } from '../from-config.ts'
import { edgeMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { runEdgeWorkers } from './edge-workers.ts'
import { openEdge } from './open-edge.ts'
import { type Role, runRole } from './role.ts'
import { openPeer } from './upstream.ts'

/**
 * `roar edge`: holds viewers' connections and tells them what a broker or another edge says: a tree of any depth. Which
 * shows there are it learns from what it hears. Several workers share its ports.
 */
export async function edge(config: Config): Promise<number> {
  if (config.upstream === '') {
    throw new ConfigError('upstream', 'is missing: say where packets come from, like mqtt://host:1883')
  }
  return config.workers > 1 ? runEdgeWorkers(config) : runEdge(config)
}

/** One process of it. */
export const runEdge = (config: Config, fellows?: Fellows): Promise<number> =>
  runRole('edge', config, async ({ logger, supervisor }): Promise<Role> => {
    const { pubsub, metrics } = openPeer('upstream', {
      url: config.upstream,
      ca: pubsubCaOf(config),
      logger,
      health: supervisor.register('upstream', { neededFor: [] }),
      meanwhile: 'viewers keep the newest packets they have',
    })
    const service = await openEdge({ config, pubsub, logger, reusePort: fellows !== undefined })
    // With packets of before an outage an edge is still better than none: only the first contact is needed.
    const health = supervisor.register('edge', { neededFor: ['packets'] })
    pubsub.onState((state) => state === 'up' && health.working())
    return {
      fellows,
      metrics: [...edgeMetrics(service), ...metrics],
      routes: service.routes,
      websocket: service.websocket as NonNullable<Role['websocket']>,
      drain: [
        ['edge', () => service.drain()],
        ['edge', () => service.close()],
        ['upstream', () => pubsub.close()],
      ],
    }
  })
