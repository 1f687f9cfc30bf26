import { ConfigError } from '../../settings/config-error.ts'
import { aggregate } from '../parts/counting.ts'
import { deliver } from '../parts/deliver.ts'
import { onlyEdge } from '../parts/edge.ts'
import { held } from '../parts/held.ts'
import { ownIdentity } from '../parts/identity.ts'
import { ingest } from '../parts/ingest.ts'
import { ownLog } from '../parts/log.ts'
import { ownMedia } from '../parts/media.ts'
import { people } from '../parts/people.ts'
import {
  desk,
  heads,
  order,
  ownKeys,
  ownLogClock,
  pollCalls,
  pollsSeen,
  results,
  tally,
  votes,
} from '../parts/polls.ts'
import { ownPubSub } from '../parts/pubsub.ts'
import { bodies, pages, studioPages } from '../parts/requests.ts'
import { ownRooms } from '../parts/rooms.ts'
import { announcement, directory } from '../parts/shows.ts'
import { folder, ownStore } from '../parts/storage.ts'
import { studio } from '../parts/studio.ts'
import { timeline } from '../parts/timeline.ts'
import { webhooks } from '../parts/webhooks.ts'
import type { Role } from './role.ts'

/** Every role in one process, on adapters that need nothing else. */
export const up: Role = {
  name: 'up',
  summary: 'everything in one process: pages, API, edge, counting, storage',
  examples: ['roar up', 'roar up --host 0.0.0.0 --mqtt-port 1883 --data /var/lib/roar'],
  parts: [
    ...[folder, ownStore, ownLog, ownPubSub, pollsSeen, announcement, directory],
    ...[ownRooms, ownIdentity, bodies, pages],
    ...[onlyEdge, deliver, aggregate],
    ...[ownLogClock, ownKeys, order, heads, desk, votes, pollCalls, tally, results],
    ...[ingest, people, ownMedia, held, studio, studioPages, webhooks, timeline],
  ],
  fastLane: true,
  settings: ['workers'],
  // It counts, stores and publishes itself: a cluster's settings have no meaning here.
  sharesEnvironment: false,
  check({ workers }) {
    if (workers === 1) return
    throw new ConfigError(
      'workers',
      `is ${workers}, but roar up counts in one process: for more viewers run roar edge --workers ${workers} beside it, with this server's mqtt-port as its upstream`,
    )
  },
}
