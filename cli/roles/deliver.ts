import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { memoryPubSub } from '../../adapters/pubsub/pubsub-memory.ts'
import { startDeliver } from '../../services/deliver/deliver.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { startPollDesk } from '../../services/polls/desk.ts'
import { startPollPublisher } from '../../services/polls/publisher.ts'
import type { Supervisor } from '../../services/supervision/supervisor.ts'
import { ConfigError } from '../config.ts'
import { openLog, openStore, pubsubCaOf } from '../from-config.ts'
import { deliverMetrics, edgeMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { openEdge } from './open-edge.ts'
import { countOutages } from './outages.ts'
import { type Role, runRole } from './role.ts'
import { openPeer } from './upstream.ts'
import { watchLog } from './watch-log.ts'

/** Spark recognises a repeated record, and so changes a window's cells, for ten minutes. */
const CELLS_KEPT_MS = 15 * 60_000
/** So many of Spark's batches without a cell are silence. */
const SILENT_TRIGGERS = 6

/** Where packets go, and what the role has from it. */
interface Outlet extends Pick<Role, 'metrics' | 'routes' | 'websocket' | 'drain'> {
  pubsub: PubSub
  /** Hears when this process begins to work, and when another does. */
  onWorks(works: boolean): void
}

/**
 * `roar deliver`: makes packets of the counts on Kafka and publishes them, to a broker or at an edge of its own. Of several
 * one works, the others wait.
 */
export const deliver = (config: Config): Promise<number> =>
  runRole('deliver', config, async ({ logger, supervisor }): Promise<Role> => {
    if (config.store === '') throw new ConfigError('store', 'is missing: a database that every deliver sees')
    if (config.pubsub !== '' && config['mqtt-port'] !== 'off') {
      throw new ConfigError('mqtt-port', 'is of no use beside pubsub: viewers and edges listen there')
    }
    const log = await openLog(config)
    const store = await openStore(config.store)
    const directory = new ShowDirectory({ log, logger })
    const { pubsub, onWorks, ...outlet } =
      config.pubsub === ''
        ? await toOwnEdge(config, { directory, logger, supervisor })
        : toBroker(config, { logger, supervisor })
    const health = supervisor.register('deliver', { neededFor: [] })
    const service = startDeliver({
      log,
      store,
      pubsub,
      directory,
      clock: systemClock,
      logger,
      windowMs: config['window-ms'],
      silenceMs: SILENT_TRIGGERS * config['spark-trigger-ms'],
      keepMs: CELLS_KEPT_MS,
      onWorks(works) {
        if (works) health.working()
        else health.waiting('another deliver is active')
        onWorks(works)
      },
    })
    service.failed.catch((cause) => health.failed(cause))
    watchLog(log, {
      health: supervisor.register('log', { neededFor: ['packets'] }),
      meanwhile: 'nothing new is counted',
    })
    const desk = startPollDesk({ log, directory, clock: systemClock, logger })
    const polls = startPollPublisher({
      desk,
      pubsub,
      directory,
      clock: systemClock,
      everyMs: config['window-ms'],
      works: service.works,
    })
    return {
      ...outlet,
      metrics: [...deliverMetrics(service), ...countOutages('log', log), ...outlet.metrics],
      drain: [
        ['deliver', () => service.drain()],
        ['polls', () => desk.drain()],
        ['polls', async () => polls.drain()],
        ...outlet.drain,
        ['directory', () => directory.close()],
        ['log', () => log.close()],
        ['store', () => store.close()],
      ],
    }
  })

function toBroker(
  config: Config,
  { logger, supervisor }: { logger: Logger; supervisor: Supervisor },
): Outlet {
  const { pubsub, metrics } = openPeer('pubsub', {
    url: config.pubsub,
    ca: pubsubCaOf(config),
    logger,
    health: supervisor.register('pubsub', { neededFor: ['packets'] }),
    meanwhile: 'the newest packet of each topic waits',
  })
  return {
    pubsub,
    onWorks() {},
    metrics,
    drain: [['pubsub', () => pubsub.close()]],
  }
}

/** The root of a tree of edges. While another deliver works it takes nobody, as it has nothing new to say. */
async function toOwnEdge(
  config: Config,
  { directory, logger, supervisor }: { directory: ShowDirectory; logger: Logger; supervisor: Supervisor },
): Promise<Outlet> {
  const pubsub = memoryPubSub({
    onFault: (cause) => logger.error({ err: cause }, 'a listener of PubSub failed'),
  })
  const edge = await openEdge({
    config,
    pubsub,
    logger,
    showExists: (show) => directory.has(show),
    segmentExists: (show, segment) => directory.get(show).pack.segments.has(segment),
  })
  const health = supervisor.register('edge', { neededFor: ['packets'] })
  edge.standBy(true)
  return {
    pubsub,
    onWorks(works) {
      edge.standBy(!works)
      if (works) health.working()
      else health.waiting('another deliver is active')
    },
    metrics: edgeMetrics(edge),
    routes: edge.routes,
    websocket: edge.websocket as NonNullable<Role['websocket']>,
    drain: [
      ['edge', () => edge.drain()],
      ['edge', () => edge.close()],
    ],
  }
}
