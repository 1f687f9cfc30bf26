import { ConfigError } from '../../settings/config-error.ts'
import { optional } from '../assembly/part.ts'
import { deliverOfSpark } from '../parts/deliver.ts'
import { edge } from '../parts/edge.ts'
import { checkingIdentity } from '../parts/identity.ts'
import { sharedLog } from '../parts/log.ts'
import { desk, heads, order, results, sharedKeys, sharedLogClock } from '../parts/polls.ts'
import { broker, ownPubSub } from '../parts/pubsub.ts'
import { rooms } from '../parts/rooms.ts'
import { sharedDirectory } from '../parts/shows.ts'
import { sharedStore } from '../parts/storage.ts'
import type { Config } from '../settings.ts'
import { checksTokens, WITHOUT_TOKENS } from './edge.ts'
import type { Role } from './role.ts'

const hasBroker = ({ pubsub }: Config) => pubsub !== ''
const WITH_BROKER = 'with pubsub: viewers and edges connect to the broker'
const holdsEdge = (config: Config) => !hasBroker(config)

/** Publishes to a broker, or at the root of a tree of edges that it holds itself. Of several delivers one is active. */
export const deliver: Role = {
  name: 'deliver',
  summary: 'cluster role: turns counts into packets and publishes them',
  examples: [
    'roar deliver --log kafka://k1:9092 --store postgres://roar@db/roar --pubsub mqtt://broker:1883',
    'roar deliver --log kafka://k1:9092 --store postgres://roar@db/roar --mqtt-port 1883 --relay-secret SECRET-OF-16-OR-MORE',
  ],
  parts: [
    ...[
      sharedLog,
      sharedLogClock,
      sharedStore,
      sharedDirectory,
      rooms,
      sharedKeys,
      order,
      heads,
      deliverOfSpark,
      desk,
      results,
    ],
    optional(broker, hasBroker, 'without pubsub'),
    ...[ownPubSub, edge].map((part) => optional(part, holdsEdge, WITH_BROKER)),
    optional(optional(checkingIdentity, checksTokens, WITHOUT_TOKENS), holdsEdge, WITH_BROKER),
  ],
  check(config) {
    if (hasBroker(config) && config['mqtt-port'] !== 'off')
      throw new ConfigError('mqtt-port', `has no effect ${WITH_BROKER}`)
  },
}
