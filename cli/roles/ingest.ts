import { optional } from '../assembly/part.ts'
import { fallbacks } from '../parts/edge.ts'
import { sharedIdentity } from '../parts/identity.ts'
import { ingest as accepting } from '../parts/ingest.ts'
import { sharedLog } from '../parts/log.ts'
import { sharedMedia } from '../parts/media.ts'
import {
  desk,
  heads,
  order,
  pollCalls,
  sharedKeys,
  sharedLogClock,
  sightings,
  votes,
} from '../parts/polls.ts'
import { brokerOfFallbacks } from '../parts/pubsub.ts'
import { bodies, pages } from '../parts/requests.ts'
import { rooms } from '../parts/rooms.ts'
import { sharedDirectory } from '../parts/shows.ts'
import { sharedStore } from '../parts/storage.ts'
import { timeline } from '../parts/timeline.ts'
import type { Config } from '../settings.ts'
import type { Role } from './role.ts'

const hasStore = ({ store }: Config) => store !== ''
const servesFallbacks = ({ pubsub }: Config) => pubsub !== ''

/**
 * With a store it also accepts votes and serves past moods; with a broker it serves viewers that cannot hold a connection to an
 * edge.
 */
export const ingest: Role = {
  name: 'ingest',
  summary: 'cluster role: accepts bursts, posts and votes, writes them to the log, serves the page',
  examples: [
    'roar ingest --log kafka://k1:9092,k2:9092 --store postgres://roar@db/roar --pubsub-urls wss://edge.example/mqtt',
  ],
  parts: [
    ...[
      sharedLog,
      sharedLogClock,
      sharedDirectory,
      rooms,
      sharedIdentity,
      bodies,
      pages,
      sharedMedia,
      accepting,
    ],
    ...[sharedStore, sharedKeys, order, heads, desk, votes, sightings, pollCalls, timeline].map((part) =>
      optional(part, hasStore, 'without store'),
    ),
    ...[brokerOfFallbacks, fallbacks].map((part) => optional(part, servesFallbacks, 'without pubsub')),
  ],
  fastLane: true,
}
