import { randomBytes } from 'node:crypto'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { ConfigError } from '../config.ts'
import { identityOf, pubsubCaOf, relayRuleOf } from '../from-config.ts'
import { edgeMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
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
    const verify = verifierOf(config)
    const { pubsub, refused } = openPeer('upstream', {
      url: config.upstream,
      ca: pubsubCaOf(config),
      logger,
    })
    const service = createEdge({
      pubsub,
      clock: systemClock,
      windowMs: config['window-ms'],
      isRelay: relayRuleOf(config),
      ...(verify === undefined ? {} : { verify }),
    })
    service.start()
    if (config['mqtt-port'] !== 'off') {
      const { port } = listen(service, config.host, config['mqtt-port'])
      logger.info({ mqttPort: port }, 'MQTT over TCP')
    }
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

/** Tokens are looked at where the settings say whose; elsewhere passwords mean nothing, as MQTT clients may have any. */
function verifierOf(config: Config) {
  if (config['auth-secret'] === '' && config['auth-jwks'] === '') return undefined
  const identity = identityOf(config, randomBytes(32))
  return (token: string) => identity.verify(token)
}

function listen(service: ReturnType<typeof createEdge>, hostname: string, port: number) {
  try {
    return service.listenTcp({ hostname, port })
  } catch (cause) {
    throw new ConfigError('mqtt-port', `${port} can not be listened on: ${(cause as Error).message}`)
  }
}
