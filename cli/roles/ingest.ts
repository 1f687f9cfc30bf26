import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { mqttPubSub } from '../../adapters/pubsub/pubsub-mqtt.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { BodyReader } from '../../services/http/body.ts'
import { createIngest } from '../../services/ingest/ingest.ts'
import { pollRoutes } from '../../services/polls/routes.ts'
import { identityOf, ingestSettingsOf, openLog, openStore } from '../from-config.ts'
import { edgeMetrics, ingestMetrics, voteMetrics } from '../metrics.ts'
import { pages } from '../pages.ts'
import type { Config } from '../settings.ts'
import { openBox, openVoting } from '../voting.ts'
import { type Role, runRole } from './role.ts'
import { watchPart } from './watch.ts'

/**
 * `roar ingest`: takes bursts and posts and writes them to Kafka; serves the page. With `--store` it takes votes too, and
 * with `--pubsub` it serves the fallbacks of viewers that can hold no connection to an edge.
 */
export const ingest = (config: Config): Promise<number> =>
  runRole('ingest', config, async (logger): Promise<Role> => {
    const identity = identityOf(config)
    const clock = systemClock
    const log = await openLog(config)
    const directory = new ShowDirectory({ log, logger })
    await directory.caughtUp()
    const bodies = new BodyReader()
    const store = config.store === '' ? undefined : await openStore(config.store)
    const voting = store && (await openVoting({ store, log, directory, clock, logger, shared: true }))
    const votes = voting && openBox({ config, log, voting, logger })
    const service = createIngest({
      ...(votes && { votes }),
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
        ...watchPart('log', log, { logger, away: AWAY }),
        ...(votes === undefined ? [] : voteMetrics({ ingest: service, box: votes.box, log })),
        ...(fallbacks === undefined ? [] : edgeMetrics(fallbacks)),
      ],
      readiness: () => (log.state() === 'up' ? undefined : `the log is away: ${AWAY}`),
      routes: {
        ...(await pages()),
        ...service.routes,
        ...(votes &&
          pollRoutes({ store: store.polls, directory, identity, clock, box: votes.box, ...voting })),
        ...fallbacks?.routes,
      },
      atOnce: service.atOnce,
      ...(fallbacks === undefined
        ? {}
        : { websocket: fallbacks.websocket as NonNullable<Role['websocket']> }),
      drain: [
        ['bodies', () => bodies.settled()],
        ['ingest', () => service.drain({ timeoutMs: config['drain-ms'] })],
        ['votes', async () => votes?.box.drain()],
        ['polls', async () => voting?.drain()],
        ['edge', async () => fallbacks?.drain()],
        ['edge', async () => fallbacks?.close()],
        ['directory', () => directory.close()],
        ['log', () => log.close()],
        ['store', async () => store?.close()],
      ],
    }
  })

const AWAY = 'reactions fold and wait, posts and votes are refused'

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
