import { HeldQueue } from '../../services/studio/held-queue.ts'
import { heardWaiting } from '../../services/supervision/heard-waiting.ts'
import { part } from '../assembly/part.ts'

/**
 * The posts that wait for a moderator. The start waits until it knows all of them, as far as they can be read: until then it refuses
 * to list any, and everything else runs.
 */
export const held = part({
  name: 'held',
  needs: ['log', 'log-clock'],
  reads: ['held'],
  reports: true,
  async open({ log, 'log-clock': clock, logger, health }) {
    const heard = heardWaiting(health)
    const queue = new HeldQueue({ log, clock, logger, health: heard.health })
    await Promise.race([queue.caughtUp(), heard.waits])
    return { thing: queue, close: () => queue.close() }
  },
})
