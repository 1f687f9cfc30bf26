import { held } from '../parts/held.ts'
import { sharedIdentity } from '../parts/identity.ts'
import { sharedLog } from '../parts/log.ts'
import { sharedMedia } from '../parts/media.ts'
import { people } from '../parts/people.ts'
import { desk, heads, order, sharedKeys, sharedLogClock } from '../parts/polls.ts'
import { bodies, studioPages } from '../parts/requests.ts'
import { announcement, sharedDirectory } from '../parts/shows.ts'
import { sharedStore } from '../parts/storage.ts'
import { studioOfCluster } from '../parts/studio.ts'
import { webhooks } from '../parts/webhooks.ts'
import type { Role } from './role.ts'

export const studio: Role = {
  name: 'studio',
  summary: 'cluster role: manages shows and polls, serves producers, seals polls',
  examples: ['roar studio --log kafka://k1:9092 --store postgres://roar@db/roar'],
  parts: [
    ...[sharedLog, sharedStore, announcement, sharedDirectory, sharedIdentity, bodies, sharedKeys],
    ...[
      sharedLogClock,
      order,
      heads,
      desk,
      people,
      sharedMedia,
      held,
      studioOfCluster,
      studioPages,
      webhooks,
    ],
  ],
}
