import type { Logger } from 'pino'
import type { MqttPubSubOptions } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import type { Opened } from '../assembly/part.ts'
import { countOutages } from './outages.ts'

interface PeerOptions extends Pick<MqttPubSubOptions, 'url' | 'ca' | 'subscribesOnly' | 'clientId'> {
  logger: Logger
  health: Health
  /** What happens while it is unreachable. */
  meanwhile: string
}

/**
 * Connects to a broker or an edge, and reports whether it is reachable. One that refuses us and never did anything else
 * has failed: no patience helps there.
 */
export async function openPeer(
  name: 'upstream' | 'pubsub',
  { logger, health, meanwhile, ...address }: PeerOptions,
): Promise<Opened<PubSub>> {
  // Its client is for those who use it.
  const { mqttPubSub, SubscriptionRefused } = await import('../../adapters/mqtt/pubsub-mqtt.ts')
  let wasUp = false
  const pubsub = mqttPubSub({
    ...address,
    onFault(cause) {
      if (!(cause instanceof SubscriptionRefused)) logger.error({ err: cause }, `the ${name} failed`)
      else if (wasUp) health.waiting(`it refuses our subscription now; ${meanwhile}`)
      else health.failed(new Error(`it refuses our subscription: ${ADVICE}`, { cause }))
    },
    onTrouble: ({ message }) => health.waiting(`${message}; ${meanwhile}`),
  })
  const unwatch = pubsub.onState((state) => {
    if (state === 'down') return health.waiting(`it is unreachable; ${meanwhile}`)
    wasUp = true
    health.working()
  })
  const close = () => {
    unwatch()
    return pubsub.close()
  }
  return { thing: pubsub, metrics: countOutages(name, pubsub), close }
}

const ADVICE =
  'an edge on another machine needs its relay-secret, as in mqtt://relay:SECRET@host:1883; a broker needs a user who may read roar/#'
