import { systemClock } from '../../adapters/clock/clock.ts'
import { startBridge } from '../../services/bridge/bridge.ts'
import { ConfigError } from '../config.ts'
import { pubsubCaOf } from '../from-config.ts'
import { bridgeMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { type Role, runRole } from './role.ts'
import { openPeer } from './upstream.ts'

/** `roar bridge`: carries packets from the main publish node to the publish node of its own cluster of brokers. */
export const bridge = (config: Config): Promise<number> =>
  runRole('bridge', config, async ({ logger, supervisor }): Promise<Role> => {
    checkEnds(config)
    const ca = pubsubCaOf(config)
    const source = openPeer('upstream', {
      url: config.upstream,
      ca,
      logger,
      health: supervisor.register('upstream', { neededFor: ['packets'] }),
      meanwhile: 'the cluster keeps the newest packets it has',
    })
    const target = openPeer('pubsub', {
      url: config.pubsub,
      ca,
      logger,
      health: supervisor.register('pubsub', { neededFor: ['packets'] }),
      meanwhile: 'the newest packet of each topic waits',
    })
    const service = startBridge({
      source: source.pubsub,
      target: target.pubsub,
      clock: systemClock,
      health: supervisor.register('bridge', { neededFor: ['packets'] }),
    })
    return {
      metrics: [...bridgeMetrics(service, target.pubsub), ...source.metrics, ...target.metrics],
      drain: [
        ['bridge', async () => service.drain()],
        ['pubsub', () => target.pubsub.close()],
        ['upstream', () => source.pubsub.close()],
      ],
    }
  })

/** What can be seen in the addresses; loops that can not be are found by listening. */
function checkEnds({ upstream, pubsub }: Config): void {
  if (upstream === '') {
    throw new ConfigError('upstream', 'is missing: say where packets come from, like mqtt://host:1883')
  }
  if (pubsub === '') {
    throw new ConfigError('pubsub', 'is missing: say which broker to publish to, like mqtt://host:1883')
  }
  const [from, to] = [upstream, pubsub].map((list) => list.split(',').map(endOf))
  if (from!.some((end) => to!.includes(end))) {
    throw new ConfigError('pubsub', 'is the same as upstream: a bridge joins two brokers')
  }
}

/** An address without who signs in there. */
function endOf(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
