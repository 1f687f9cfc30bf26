import type { Logger } from 'pino'
import type { Log } from '../../adapters/log/log.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Metric } from '../../services/http/operator.ts'

/** Says once when a part goes away and once when it is there again, and keeps both as metrics. */
export function watchPart(
  name: 'log' | 'pubsub' | 'upstream',
  part: Log | PubSub,
  { logger, away }: { logger: Logger; away: string },
): Metric[] {
  let outages = 0
  part.onState((state) => {
    if (state === 'down') {
      outages++
      logger.warn(`the ${name} is away: ${away}`)
    } else logger.info(`the ${name} is there`)
  })
  return [
    {
      name: `roar_${name}_up`,
      help: `Whether the ${name} can be reached`,
      type: 'gauge',
      read: () => Number(part.state() === 'up'),
    },
    {
      name: `roar_${name}_outages_total`,
      help: `Times that the ${name} went away`,
      type: 'counter',
      read: () => outages,
    },
  ]
}
