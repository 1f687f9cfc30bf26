import type { Logger } from 'pino'
import {
  type MqttPubSub,
  type MqttPubSubOptions,
  mqttPubSub,
  SubscriptionRefused,
} from '../../adapters/pubsub/pubsub-mqtt.ts'
import type { Metric } from '../../services/http/operator.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import { countOutages } from './outages.ts'

/** A broker, or an edge of ours, that is named in the settings. */
export interface Peer {
  pubsub: MqttPubSub
  metrics: Metric[]
}

interface PeerOptions extends Pick<MqttPubSubOptions, 'url' | 'ca'> {
  logger: Logger
  health: Health
  /** What happens while it is unreachable. */
  meanwhile: string
}

/**
 * Connects to a broker or an edge, and reports whether it is reachable. One that refuses us and never did anything else
 * has failed: no patience helps there.
 */
export function openPeer(
  name: 'upstream' | 'pubsub',
  { logger, health, meanwhile, ...address }: PeerOptions,
): Peer {
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
  pubsub.onState((state) => {
    if (state === 'down') return health.waiting(`it is unreachable; ${meanwhile}`)
    wasUp = true
    health.working()
  })
  return { pubsub, metrics: countOutages(name, pubsub) }
}

const ADVICE =
  'an edge on another machine wants its relay-secret, as in mqtt://relay:SECRET@host:1883; a broker wants a user who may read roar/#'
