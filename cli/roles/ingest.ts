import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { BodyReader } from '../../services/http/body.ts'
import { createIngest } from '../../services/ingest/ingest.ts'
import { pollRoutes } from '../../services/polls/routes.ts'
import type { Supervisor } from '../../services/supervision/supervisor.ts'
import { identityOf, ingestSettingsOf, openLog, openStore, pubsubCaOf } from '../from-config.ts'
import { edgeMetrics, ingestMetrics, voteMetrics } from '../metrics.ts'
import { pages } from '../pages.ts'
import type { Config } from '../settings.ts'
import { openBox, openVoting } from '../voting.ts'
import { countOutages } from './outages.ts'
import { type Role, runRole } from './role.ts'
import { openPeer } from './upstream.ts'
import { watchLog } from './watch-log.ts'

/**
 * `roar ingest`: takes bursts and posts and writes them to Kafka; serves the page. With `--store` it takes votes too, and
 * with `--pubsub` it serves the fallbacks of viewers that can hold no connection to an edge.
 */
export const ingest = (config: Config): Promise<number> =>
  runRole('ingest', config, async ({ logger, supervisor }): Promise<Role> => {
    const identity = identityOf(config)
    const clock = systemClock
    const log = await openLog(config)
    const directory = new ShowDirectory({ log, logger })
    await directory.caughtUp()
    const bodies = new BodyReader()
    const store = config.store === '' ? undefined : await openStore(config.store)
    const voting = store && (await openVoting({ store, log, directory, clock, logger, shared: true }))
    const votes =
      voting &&
      openBox({ config, log, clock, voting, health: supervisor.register('votes', { neededFor: ['votes'] }) })
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
    const fallbacks =
      config.pubsub === '' ? undefined : openFallbacks(config, { directory, logger, supervisor })
    service.start()
    // Reactions are accepted whatever the log does: they fold and wait.
    supervisor.register('ingest', { neededFor: ['taps'] }).working()
    watchLog(log, {
      health: supervisor.register('log', { neededFor: votes === undefined ? [] : ['votes'] }),
      meanwhile: 'reactions fold and wait, posts and votes are refused',
    })
    return {
      metrics: [
        ...ingestMetrics(service),
        ...countOutages('log', log),
        ...(votes === undefined ? [] : voteMetrics({ ingest: service, box: votes.box, log })),
        ...(fallbacks?.metrics ?? []),
      ],
      routes: {
        ...(await pages()),
        ...service.routes,
        ...(votes &&
          pollRoutes({
            store: store.polls,
            directory,
            identity,
            bodies,
            clock,
            box: votes.box,
            ...voting,
          })),
        ...fallbacks?.edge.routes,
      },
      atOnce: service.atOnce,
      ...(fallbacks === undefined
        ? {}
        : { websocket: fallbacks.edge.websocket as NonNullable<Role['websocket']> }),
      drain: [
        ['bodies', () => bodies.settled()],
        ['ingest', () => service.drain({ timeoutMs: config['drain-ms'] })],
        ['votes', async () => votes?.box.drain()],
        ['polls', async () => voting?.drain()],
        ['edge', async () => fallbacks?.edge.drain()],
        ['edge', async () => fallbacks?.edge.close()],
        ['pubsub', async () => fallbacks?.pubsub.close()],
        ['directory', () => directory.close()],
        ['log', () => log.close()],
        ['store', async () => store?.close()],
      ],
    }
  })

/** An edge of its own for viewers that can hold no connection to one, fed by the cluster's PubSub. */
function openFallbacks(
  config: Config,
  { directory, logger, supervisor }: { directory: ShowDirectory; logger: Logger; supervisor: Supervisor },
) {
  const { pubsub, metrics } = openPeer('pubsub', {
    url: config.pubsub,
    ca: pubsubCaOf(config),
    logger,
    health: supervisor.register('pubsub', { neededFor: [] }),
    meanwhile: 'the fallbacks keep the newest packets they have',
  })
  const edge = createEdge({
    pubsub,
    clock: systemClock,
    windowMs: config['window-ms'],
    showExists: (show) => directory.has(show),
    segmentExists: (show, segment) => directory.get(show).pack.segments.has(segment),
  })
  edge.start()
  return { edge, pubsub, metrics: [...edgeMetrics(edge), ...metrics] }
}
