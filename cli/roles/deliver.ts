import { systemClock } from '../../adapters/clock/clock.ts'
import { mqttPubSub } from '../../adapters/pubsub/pubsub-mqtt.ts'
import { startDeliver } from '../../services/deliver/deliver.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { startPollDesk } from '../../services/polls/desk.ts'
import { startPollPublisher } from '../../services/polls/publisher.ts'
import { ConfigError } from '../config.ts'
import { openLog, openStore } from '../from-config.ts'
import { deliverMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { type Role, runRole } from './role.ts'
import { watchPart } from './watch.ts'

/** Spark recognises a repeated record, and so changes a window's cells, for ten minutes. */
const CELLS_KEPT_MS = 15 * 60_000
/** So many of Spark's batches without a cell are silence. */
const SILENT_TRIGGERS = 6

/** `roar deliver`: makes packets of the counts on Kafka and publishes them. Of several one works, the others wait. */
export const deliver = (config: Config): Promise<number> =>
  runRole('deliver', config, async (logger): Promise<Role> => {
    if (config.pubsub === '')
      throw new ConfigError('pubsub', 'is missing: say where to publish, like mqtt://host:1883')
    if (config.store === '') throw new ConfigError('store', 'is missing: a database that every deliver sees')
    const log = await openLog(config)
    const store = await openStore(config.store)
    const pubsub = mqttPubSub({
      url: config.pubsub,
      onFault: (cause) => logger.error({ err: cause }, 'PubSub failed'),
    })
    const directory = new ShowDirectory({ log, logger })
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
    })
    await service.ready
    const desk = startPollDesk({ log, directory, clock: systemClock, logger })
    const polls = startPollPublisher({
      desk,
      pubsub,
      directory,
      clock: systemClock,
      everyMs: config['window-ms'],
    })
    return {
      metrics: [
        ...deliverMetrics(service),
        ...watchPart('log', log, { logger, away: 'nothing new is counted' }),
        ...watchPart('pubsub', pubsub, { logger, away: 'the newest packet of each topic waits' }),
      ],
      readiness: () =>
        log.state() === 'down' ? 'the log is away' : pubsub.state() === 'down' ? 'PubSub is away' : undefined,
      drain: [
        ['deliver', () => service.drain()],
        ['polls', () => desk.drain()],
        ['polls', async () => polls.drain()],
        ['pubsub', () => pubsub.close()],
        ['directory', () => directory.close()],
        ['log', () => log.close()],
        ['store', () => store.close()],
      ],
    }
  })
