import { HeldQueue } from '../../services/studio/held-queue.ts'
import { part } from '../assembly/part.ts'

/** The posts that wait for a moderator. Not ready until it knows all of them: until then it would list none. */
export const held = part({
  name: 'held',
  needs: ['log', 'log-clock'],
  reads: ['held'],
  reports: true,
  async open({ log, 'log-clock': clock, logger, health }) {
    const queue = new HeldQueue({ log, clock, logger, health })
    await queue.caughtUp()
    return { thing: queue, close: () => queue.close() }
  },
})
