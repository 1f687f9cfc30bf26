import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { MqttPubSubOptions } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import type { Opened } from '../assembly/part.ts'
import { publishMetrics } from '../metrics.ts'
import { keepPeerTls, type PeerTlsConfig } from '../tls/peer-tls.ts'
import { countOutages } from './outages.ts'

interface PeerOptions extends Pick<MqttPubSubOptions, 'url' | 'subscribesOnly' | 'clientId'> {
  config: PeerTlsConfig
  clock: Clock
  /** By which packets expire. Default: the machine's. */
  packetClock?: Clock | undefined
  logger: Logger
  health: Health
  /** The consequence of its being unreachable, for the log. */
  meanwhile: string
}

/**
 * Connects to a broker or an edge, and reports whether it is reachable. If its only address refuses us and has never accepted us,
 * it has failed: retrying does not help.
 */
export async function openPeer(
  name: 'upstream' | 'pubsub',
  { config, clock, packetClock, logger, health, meanwhile, ...address }: PeerOptions,
): Promise<Opened<PubSub>> {
  // Imported here: only those who use MQTT load its client.
  const { mqttPubSub, SubscriptionRefused } = await import('../../adapters/mqtt/pubsub-mqtt.ts')
  const kept = keepPeerTls(name, { config, url: address.url, clock, logger })
  const isOnly = !address.url.includes(',')
  let wasUp = false
  const pubsub = mqttPubSub({
    ...address,
    ...(packetClock && { clock: packetClock }),
    tls: kept.tls,
    onFault(cause) {
      if (!(cause instanceof SubscriptionRefused)) logger.error({ err: cause }, `the ${name} failed`)
      else if (wasUp || !isOnly) health.waiting(`it refuses our subscription now; ${meanwhile}`)
      else health.failed(new Error(`it refuses our subscription: ${ADVICE}`, { cause }))
    },
    onTrouble: ({ message }) => health.waiting(`${message}; ${meanwhile}`),
    onRefusal(cause) {
      if (cause === undefined) health.working()
      else health.waiting(`${cause.message}; it needs a user who may write roar/#; ${meanwhile}`)
    },
  })
  const unwatch = pubsub.onState((state) => {
    if (state === 'down') return health.waiting(`it is unreachable; ${meanwhile}`)
    wasUp = true
    health.working()
  })
  const close = () => {
    unwatch()
    kept.stop()
    return pubsub.close()
  }
  const published = address.subscribesOnly ? [] : publishMetrics(pubsub)
  return { thing: pubsub, metrics: [...countOutages(name, pubsub), ...published, ...kept.metrics], close }
}

const ADVICE =
  'an edge on another machine needs its relay-secret, as in mqtt://relay:SECRET@host:1883, or a pubsub-cert of its relay-ca; a broker needs a user who may read roar/#'
