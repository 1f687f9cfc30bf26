import type { Logger } from 'pino'
import { type Clock, systemClock } from '../adapters/clock/clock.ts'
import { logByTopic } from '../adapters/log/log-by-topic.ts'
import { MemoryLog } from '../adapters/log/log-memory.ts'
import { SqliteLog } from '../adapters/log/log-sqlite.ts'
import { memoryPubSub } from '../adapters/pubsub/pubsub-memory.ts'
import type { Store } from '../adapters/store/store.ts'
import { DEMO_SHOW } from '../engine/demo-show.ts'
import { startAggregate } from '../services/aggregate/aggregate.ts'
import { startDeliver } from '../services/deliver/deliver.ts'
import { ShowDirectory } from '../services/directory/directory.ts'
import { createEdge } from '../services/edge/edge.ts'
import { BodyReader } from '../services/http/body.ts'
import { logCounters } from '../services/http/counters-log.ts'
import { operatorRoutes } from '../services/http/operator.ts'
import type { Http } from '../services/http/server.ts'
import { createIngest } from '../services/ingest/ingest.ts'
import { OPENAPI } from '../services/openapi.ts'
import { certifier } from '../services/polls/certify.ts'
import { startPollPublisher } from '../services/polls/publisher.ts'
import { pollRoutes } from '../services/polls/routes.ts'
import { startTally } from '../services/polls/tally.ts'
import { createControl } from '../services/studio/control.ts'
import { pollChanges } from '../services/studio/poll-changes.ts'
import { startPollSchedule } from '../services/studio/poll-schedule.ts'
import { studioRoutes } from '../services/studio/routes.ts'
import { announceShows } from '../services/studio/shows.ts'
import { Supervisor } from '../services/supervision/supervisor.ts'
import { ConfigError } from './config.ts'
import type { DataFolder } from './data-folder.ts'
import { identityOf, ingestSettingsOf, openStore, relayRuleOf } from './from-config.ts'
import { listen, listenMqtt } from './listen.ts'
import {
  aggregateMetrics,
  deliverMetrics,
  edgeMetrics,
  httpMetrics,
  ingestMetrics,
  partMetrics,
  tallyMetrics,
  voteMetrics,
} from './metrics.ts'
import { pages } from './pages.ts'
import { runDrain } from './roles/role.ts'
import { watchLog } from './roles/watch-log.ts'
import type { Config } from './settings.ts'
import { openBox, openVoting } from './voting.ts'

/** A whole Roar within this process. */
export interface Embedded {
  url: string
  /** Port of MQTT over TCP, where it was asked for. */
  mqttPort?: number
  supervisor: Supervisor
  /** Passes on all that was accepted, in the order of the data path. Returns whether that went well. */
  drain(): Promise<boolean>
}

/** Starts every role in this process, on the memory log, SQLite and our edge. @throws ConfigError for what only a start can find out */
export async function startEmbedded({
  config,
  folder,
  logger,
  clock = systemClock,
}: {
  config: Config
  folder: DataFolder
  logger: Logger
  clock?: Clock
}): Promise<Embedded> {
  const windowMs = config['window-ms']
  const supervisor = new Supervisor({ clock, logger })
  const store = await openStore(config.store || `sqlite:${folder.file('roar.db')}`)
  const durable = openBallots(folder.file('log.db'), clock)
  watchLog(durable, {
    health: supervisor.register('ballots', { neededFor: ['votes'] }),
    meanwhile: 'votes are refused',
  })
  const log = logByTopic({
    topics: { ballots: durable, tallies: durable },
    others: new MemoryLog({ clock, notBeforeMs: await countedUntil(store, windowMs) }),
  })
  const pubsub = memoryPubSub({
    onFault: (cause) => logger.error({ err: cause }, 'a listener of PubSub failed'),
  })
  await announceShows({ store, log, first: DEMO_SHOW })

  const directory = new ShowDirectory({ log, logger })
  const bodies = new BodyReader()
  const identity = identityOf(config, folder.secret('auth-secret'))
  const voting = await openVoting({ store, log, directory, clock, logger, shared: false })
  const edge = createEdge({
    pubsub,
    clock,
    windowMs,
    showExists: (show) => directory.has(show),
    segmentExists: (show, segment) => directory.get(show).pack.segments.has(segment),
    verify: (token) => identity.verify(token),
    isRelay: relayRuleOf(config),
  })
  edge.start()
  const deliver = startDeliver({ log, store, pubsub, directory, clock, logger, windowMs })
  const delivery = supervisor.register('deliver', { neededFor: ['packets'] })
  deliver.failed.catch((cause) => delivery.failed(cause))
  await deliver.ready
  delivery.working()
  const aggregate = startAggregate({ log, logger, windowMs })
  const votes = openBox({
    config,
    log,
    clock,
    voting,
    health: supervisor.register('votes', { neededFor: ['votes'] }),
  })
  const ingest = createIngest({
    settings: ingestSettingsOf(config),
    votes,
    directory,
    identity,
    bodies,
    clock,
    log,
    logger,
  })

  const isSealed = (show: string, poll: string) => directory.findPoll(show, poll)?.poll.sealed !== undefined
  const tally = await startTally({
    log,
    clock,
    logger,
    everyMs: windowMs,
    // Millions of ballots take a while to read: those who want to vote come first.
    after: votes.ready,
    skip: isSealed,
  })
  const pollPublisher = startPollPublisher({ desk: voting.desk, pubsub, directory, clock, everyMs: windowMs })
  const certify = certifier({
    log,
    store: store.polls,
    desk: voting.desk,
    signer: voting.signingKeys,
    clock,
    // One process takes all votes, and its own end of admission holds at once.
    settled: ({ show, poll }) => new Promise((none) => votes.casts.whenNone(`${show}/${poll}`, none)),
  })
  const control = createControl({ store, log, directory, clock })
  const change = pollChanges({ store, control, directory, clock })
  const schedule = startPollSchedule({ control, directory, clock, logger, change, certify })
  const metrics = [
    ...partMetrics(supervisor),
    ...httpMetrics(() => http),
    ...ingestMetrics(ingest),
    ...voteMetrics({ ingest, box: votes.box, log: durable }),
    ...tallyMetrics(tally),
    ...aggregateMetrics(aggregate),
    ...deliverMetrics(deliver),
    ...edgeMetrics(edge),
  ]
  const mqttPort =
    config['mqtt-port'] === 'off'
      ? undefined
      : await listenMqtt(edge, { host: config.host, port: config['mqtt-port'] })
  const http: Http = await listen({
    host: config.host,
    port: config.port,
    idleS: config['idle-s'],
    logger,
    websocket: edge.websocket,
    routes: {
      ...(await pages()),
      ...ingest.routes,
      ...edge.routes,
      ...pollRoutes({ store: store.polls, directory, identity, bodies, clock, box: votes.box, ...voting }),
      ...studioRoutes({
        store,
        control,
        directory,
        identity,
        bodies,
        keys: {
          make: (show, poll) => voting.keys.make(show, poll),
          async forget(show, poll) {
            await voting.keys.forget(show, poll)
            votes.box.forget(show, poll)
          },
        },
        clock,
        desk: voting.desk,
        change,
        certify,
        rotateKey: () => voting.signingKeys.rotate(),
      }),
      ...operatorRoutes({
        metrics,
        supervisor,
        openapi: OPENAPI,
      }),
    },
  })
  ingest.start()
  supervisor.register('ingest', { neededFor: ['taps'] }).working()
  supervisor.register('studio', { neededFor: ['studio'] }).working()
  const lastCounters = logCounters(metrics, logger)

  return {
    url: http.url,
    ...(mqttPort === undefined ? {} : { mqttPort }),
    supervisor,
    async drain(): Promise<boolean> {
      supervisor.drain()
      return runDrain(
        [
          ['http', () => http.drain()],
          ['bodies', () => bodies.settled()],
          ['ingest', () => ingest.drain({ timeoutMs: config['drain-ms'] })],
          ['votes', () => votes.box.drain()],
          ['tally', () => tally.drain()],
          ['polls', () => voting.drain()],
          ['polls', async () => pollPublisher.drain()],
          ['schedule', async () => schedule.close()],
          ['aggregate', () => aggregate.drain()],
          ['deliver', () => deliver.drain()],
          ['counters', async () => lastCounters()],
          ['edge', () => edge.drain()],
          ['directory', () => directory.close()],
          ['log', () => log.close()],
          ['edge', () => edge.close()],
          ['http', () => http.close()],
          ['store', () => store.close()],
        ],
        logger,
      )
    },
  }
}

/** The log of ballots. @throws ConfigError when the file can not be opened */
function openBallots(file: string, clock: Clock): SqliteLog {
  try {
    return new SqliteLog(file, { clock })
  } catch (cause) {
    throw new ConfigError('data', `${file} can not be opened: ${(cause as Error).message}`)
  }
}

/**
 * The log's clock goes on from here: after every window that was counted before a restart, so that no window is
 * counted by two runs, each without the other's part.
 */
async function countedUntil(store: Store, windowMs: number): Promise<number> {
  let untilMs = 0
  for (const { show } of await store.shows()) {
    const { cells, moods } = await store.counts(show)
    for (const { window } of cells) untilMs = Math.max(untilMs, window + 1)
    for (const { packet } of moods) untilMs = Math.max(untilMs, packet.at + packet.ms)
  }
  return Math.ceil(untilMs / windowMs) * windowMs
}
