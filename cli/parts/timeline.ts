import { timelineRoutes } from '../../services/shows/timeline.ts'
import { part } from '../assembly/part.ts'

/** What viewers ask about the mood of before: any process that has the store answers. */
export const timeline = part({
  name: 'timeline',
  needs: ['store', 'directory', 'identity', 'bodies'],
  reads: ['requests'],
  open: (given) => ({ thing: undefined, routes: timelineRoutes(given) }),
})
