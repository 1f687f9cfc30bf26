import type { SubscribePacket, Subscription } from '../../protocol/mqtt/decode-client.ts'
import { encodeSuback, encodeUnsuback } from '../../protocol/mqtt/encode-server.ts'
import { MqttError, REASON, reasonName, SUBACK_FAILURE } from '../../protocol/mqtt/wire.ts'
import { admitFilter } from './admission.ts'
import type { Connection } from './connection.ts'
import { countRefused } from './counters.ts'
import type { Topic } from './topics.ts'

/** Grants QoS 0 [MQTT-3.8.4-6], acknowledges, then sends the retained values. */
export function handleSubscribe(connection: Connection, packet: SubscribePacket): void {
  // CONNACK said that there are none. Section 3.2.2.3.12 of v5.
  if (packet.subscriptionIdentifier !== undefined) {
    throw new MqttError(
      REASON.subscriptionIdentifiersNotSupported,
      'Subscription identifiers are not offered',
    )
  }
  const retained = new Set<Topic>()
  const codes = packet.subscriptions.map((subscription) => subscribe(connection, subscription, retained))
  connection.send(encodeSuback(connection.version, packet.packetId, codes))
  for (const topic of retained) {
    const bytes = topic.retained(connection.version)
    if (bytes !== undefined) connection.send(bytes)
  }
}

/** Returns the code for SUBACK and adds the topics whose retained values are to be sent. */
function subscribe(connection: Connection, subscription: Subscription, retained: Set<Topic>): number {
  const { subscriptions, version, hub } = connection
  const { filterLengthMax, subscriptionsMax } = hub.limits
  const { filter, retainHandling } = subscription
  const known = subscriptions.has(filter)
  const admitted = admitFilter(filter, {
    version,
    filterLengthMax,
    showExists: hub.showExists,
    relay: connection.relay,
  })
  const reason =
    admitted === REASON.success && !known && subscriptions.count >= subscriptionsMax
      ? REASON.quotaExceeded
      : admitted
  if (reason !== REASON.success) {
    countRefused(hub.counters, reasonName(reason))
    return version === 5 ? reason : SUBACK_FAILURE
  }
  const topics = subscriptions.add(subscription)
  // Section 3.8.3.1 of v5; in 3.1.1 the values are sent each time. [MQTT-3.8.4-3]
  const wanted = retainHandling === 0 || (retainHandling === 1 && !known)
  if (wanted) for (const topic of topics) retained.add(topic)
  return REASON.success
}

/** [MQTT-3.10.4-5]: acknowledged even where there was nothing to take back. */
export function handleUnsubscribe(
  connection: Connection,
  { packetId, filters }: { packetId: number; filters: string[] },
): void {
  const codes = filters.map((filter) =>
    connection.subscriptions.remove(filter) ? REASON.success : REASON.noSubscriptionExisted,
  )
  connection.send(encodeUnsuback(connection.version, packetId, codes))
}
