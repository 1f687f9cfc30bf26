import { timelineRoutes } from '../../services/shows/timeline.ts'
import { part } from '../assembly/part.ts'

/** Viewers' requests for past moods: any process with the store answers them. */
export const timeline = part({
  name: 'timeline',
  needs: ['store', 'directory', 'identity', 'bodies', 'log-clock'],
  reads: ['requests'],
  open: ({ 'log-clock': clock, ...given }) => ({
    thing: undefined,
    routes: timelineRoutes({ ...given, clock }),
  }),
})
