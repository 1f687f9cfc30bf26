import type { Log } from '../../adapters/log/log.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Metric } from '../../services/http/operator.ts'

/** Whether an external service is reachable, and how often it was not. */
export function countOutages(name: 'log' | 'pubsub' | 'upstream', part: Log | PubSub): Metric[] {
  let outages = 0
  part.onState((state: 'up' | 'down') => {
    if (state === 'down') outages++
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
      help: `Times that the ${name} became unreachable`,
      type: 'counter',
      read: () => outages,
    },
  ]
}
