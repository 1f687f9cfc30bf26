import { HeldQueue } from '../../services/studio/held-queue.ts'
import { part } from '../assembly/part.ts'

/** The posts that moderators see first. */
export const held = part({
  name: 'held',
  needs: ['log'],
  reads: ['held'],
  reports: true,
  open({ log, clock, logger, health }) {
    const queue = new HeldQueue({ log, clock, logger, health })
    return { thing: queue, close: () => queue.close() }
  },
})
