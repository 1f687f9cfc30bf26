import { ConfigError } from '../config.ts'
import { pubsubCaOf } from '../from-config.ts'
import { edgeMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { openEdge } from './open-edge.ts'
import { type Role, runRole } from './role.ts'
import { openPeer } from './upstream.ts'
import { watchPart } from './watch.ts'

/**
 * `roar edge`: holds viewers' connections and tells them what a broker or another edge says: a tree of any depth. Which
 * shows there are it learns from what it hears.
 */
export const edge = (config: Config): Promise<number> =>
  runRole('edge', config, async (logger): Promise<Role> => {
    if (config.upstream === '') {
      throw new ConfigError('upstream', 'is missing: say where packets come from, like mqtt://host:1883')
    }
    const { pubsub, refused } = openPeer('upstream', {
      url: config.upstream,
      ca: pubsubCaOf(config),
      logger,
    })
    const service = openEdge({ config, pubsub, logger })
    return {
      metrics: [
        ...edgeMetrics(service),
        ...watchPart('upstream', pubsub, { logger, away: 'viewers keep the newest packets they have' }),
      ],
      // With packets of before the outage an edge is still better than none.
      readiness: () =>
        pubsub.state() === 'down' && service.counters().messages === 0
          ? 'the upstream is away, and nothing was heard from it yet'
          : undefined,
      routes: service.routes,
      websocket: service.websocket as NonNullable<Role['websocket']>,
      drain: [
        ['edge', () => service.drain()],
        ['edge', () => service.close()],
        ['upstream', () => pubsub.close()],
      ],
      failed: refused,
    }
  })
