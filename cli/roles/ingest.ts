import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { mqttPubSub } from '../../adapters/pubsub/pubsub-mqtt.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { BodyReader } from '../../services/http/body.ts'
import { createIngest } from '../../services/ingest/ingest.ts'
import { identityOf, ingestSettingsOf, openLog } from '../from-config.ts'
import { edgeMetrics, ingestMetrics } from '../metrics.ts'
import { pages } from '../pages.ts'
import type { Config } from '../settings.ts'
import { type Role, runRole } from './role.ts'
import { watchPart } from './watch.ts'

/**
 * `roar ingest`: takes bursts and posts and writes them to Kafka; serves the page. With `--pubsub` it also serves the
 * fallbacks of viewers that can hold no connection to an edge.
 */
export const ingest = (config: Config): Promise<number> =>
  runRole('ingest', config, async (logger): Promise<Role> => {
    const identity = identityOf(config)
    const clock = systemClock
    const log = await openLog(config)
    const directory = new ShowDirectory({ log, logger })
    const bodies = new BodyReader()
    const service = createIngest({
      settings: ingestSettingsOf(config),
      directory,
      identity,
      bodies,
      clock,
      log,
      logger,
    })
    const fallbacks = config.pubsub === '' ? undefined : fallbackEdge(config, directory, logger)
    fallbacks?.start()
    service.start()
    return {
      metrics: [
        ...ingestMetrics(service),
        ...watchPart('log', log, { logger, away: 'reactions fold and wait, posts are refused' }),
        ...(fallbacks === undefined ? [] : edgeMetrics(fallbacks)),
      ],
      readiness: () =>
        log.state() === 'up' ? undefined : 'the log is away: reactions fold and wait, posts are refused',
      routes: { ...(await pages()), ...service.routes, ...fallbacks?.routes },
      ...(fallbacks === undefined
        ? {}
        : { websocket: fallbacks.websocket as NonNullable<Role['websocket']> }),
      drain: [
        ['bodies', () => bodies.settled()],
        ['ingest', () => service.drain({ timeoutMs: config['drain-ms'] })],
        ['edge', async () => fallbacks?.drain()],
        ['edge', async () => fallbacks?.close()],
        ['directory', () => directory.close()],
        ['log', () => log.close()],
      ],
    }
  })

function fallbackEdge(config: Config, directory: ShowDirectory, logger: Logger) {
  return createEdge({
    pubsub: mqttPubSub({
      url: config.pubsub,
      onFault: (cause) => logger.error({ err: cause }, 'PubSub failed'),
    }),
    clock: systemClock,
    windowMs: config['window-ms'],
    showExists: (show) => directory.has(show),
    segmentExists: (show, segment) => directory.get(show).pack.segments.has(segment),
  })
}
