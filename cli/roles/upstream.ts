import type { Logger } from 'pino'
import {
  type MqttPubSub,
  type MqttPubSubOptions,
  mqttPubSub,
  SubscriptionRefused,
} from '../../adapters/pubsub/pubsub-mqtt.ts'

/** A broker, or an edge of ours, that is named in the settings. */
export interface Peer {
  pubsub: MqttPubSub
  /** Rejects when it refuses us and never did anything else: no patience helps there. */
  refused: Promise<never>
}

/** Connects to a broker or an edge. Says once for each outage why it can not be reached. */
export function openPeer(name: 'upstream' | 'pubsub', { logger, ...options }: PeerOptions): Peer {
  const { promise: refused, reject } = Promise.withResolvers<never>()
  // Who does not look at it did not ask to be told.
  refused.catch(() => {})
  const told = new Set<string>()
  let wasUp = false
  const pubsub = mqttPubSub({
    ...options,
    onFault(cause) {
      if (!(cause instanceof SubscriptionRefused)) logger.error({ err: cause }, `the ${name} failed`)
      else if (wasUp) logger.error({ err: cause }, `the ${name} refuses us now`)
      else reject(new Error(`the ${name} lets us not listen: ${ADVICE}`, { cause }))
    },
    onTrouble({ message }) {
      if (told.has(message)) return
      told.add(message)
      logger.warn(`the ${name} can not be reached and is tried again: ${message}`)
    },
  })
  pubsub.onState((state) => {
    if (state === 'down') return
    wasUp = true
    told.clear()
  })
  return { pubsub, refused }
}

type PeerOptions = Pick<MqttPubSubOptions, 'url' | 'ca'> & { logger: Logger }

const ADVICE =
  'an edge on another machine wants its relay-secret, as in mqtt://relay:SECRET@host:1883; a broker wants a user who may read roar/#'
