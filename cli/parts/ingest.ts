import { createIngest } from '../../services/ingest/ingest.ts'
import { part } from '../assembly/part.ts'
import { INGEST_NAMES, ingestSettingsOf } from '../from-config.ts'
import { ingestMetrics, voteMetrics } from '../metrics.ts'

/** Accepts taps and posts, and votes if the process has that part. */
export const ingest = part({
  name: 'ingest',
  settings: [...INGEST_NAMES, 'allowed-origins', 'drain-ms'],
  needs: ['log', 'log-clock', 'directory', 'rooms', 'identity', 'bodies'],
  uses: ['votes', 'edge'],
  reads: ['requests'],
  writes: ['reactions', 'posts', 'held', 'rooms', 'room-moments'],
  serves: ['taps'],
  reports: true,
  open({
    directory,
    rooms,
    identity,
    bodies,
    votes,
    edge,
    config,
    clock,
    logger,
    health,
    tracing,
    ...given
  }) {
    const ingest = createIngest({
      settings: ingestSettingsOf(config),
      ...(votes && { votes }),
      ...(edge && { edges: () => edge.edge.fleet() }),
      directory,
      rooms,
      identity,
      bodies,
      clock,
      log: given.log,
      logClock: given['log-clock'],
      logger,
      health,
      tracing,
    })
    return {
      thing: undefined,
      routes: ingest.routes,
      laneRoutes: ingest.laneRoutes,
      admit: ingest.admit,
      metrics: [
        ...ingestMetrics(ingest),
        ...(votes ? voteMetrics({ ingest, box: votes.box, log: given.log }) : []),
      ],
      start: () => ingest.start(),
      drain: () => ingest.drain({ timeoutMs: config['drain-ms'] }),
    }
  },
})
