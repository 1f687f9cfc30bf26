import type { ClientPacket, SubscribePacket, Subscription } from '../../protocol/mqtt/decode-client.ts'
import { encodeSuback, encodeUnsuback } from '../../protocol/mqtt/encode-server.ts'
import { isTopicFilter } from '../../protocol/mqtt/topic-filter.ts'
import { MqttError, REASON, reasonName, SUBACK_FAILURE } from '../../protocol/mqtt/wire.ts'
import { RELAY_FILTER, TREE_TOPIC } from '../../protocol/topics.ts'
import { admitFilter } from './admission.ts'
import { CHARGES } from './charges.ts'
import type { EdgeContext } from './context.ts'
import { countRefused } from './counters.ts'
import { RELAY_GOODBYES } from './goodbye.ts'
import type { Session } from './session.ts'
import type { FilterRequest } from './subscriptions.ts'
import type { Topic } from './topics.ts'

/** Grants QoS 0 [MQTT-3.8.4-6], acknowledges, then sends the retained values. */
export function handleSubscribe(context: EdgeContext, session: Session, packet: SubscribePacket): void {
  // CONNACK announced that there are none. Section 3.2.2.3.12 of v5.
  if (packet.subscriptionIdentifier !== undefined) {
    throw new MqttError(
      REASON.subscriptionIdentifiersNotSupported,
      'Subscription identifiers are not offered',
    )
  }
  const requests = byFilter(packet.subscriptions, session)
  if (session.relay && requests.has(RELAY_FILTER) && !relays(context, session)) return
  for (const request of requests.values()) request.reason = admitFilter(context, session, request.filter)
  const repeated = packet.subscriptions.length - requests.size
  if (!session.charge(repeated * CHARGES.named + costOf(requests, session))) return
  const retained = new Set<Topic>()
  for (const request of requests.values()) {
    if (request.reason === REASON.success) request.reason = subscribe(context, session, { request, retained })
    if (request.reason !== REASON.success) countRefused(context.counters, reasonName(request.reason))
  }
  const codes = packet.subscriptions.map(({ filter }) => {
    const { reason } = requests.get(filter)!
    return reason === REASON.success || session.version === 5 ? reason : SUBACK_FAILURE
  })
  session.answer(encodeSuback(session.version, packet.packetId, codes))
  // The root's sign, received twice, means that all values have arrived: it is sent again after the others. An edge that does not
  // have all values yet cannot promise that.
  const saysAll = session.isEdge && requests.has(RELAY_FILTER) && context.isInStep()
  const last = saysAll ? context.topics.get(TREE_TOPIC) : undefined
  session.outflow.owe(retained, session.version === 4 ? '4r' : '5r', last)
}

/** Marks the session as a relay. Returns false when it was sent elsewhere: there is nothing to forward. */
function relays({ relayRefusal, relays }: EdgeContext, session: Session): boolean {
  const refusal = session.isEdge ? undefined : relayRefusal('')
  if (refusal) session.end(RELAY_GOODBYES[refusal])
  else relays.add(session)
  return refusal === undefined
}

/** The cost, without the values themselves. What a relay needs for its task is free. */
function costOf(requests: Map<string, Request>, { subscriptions, relay }: Session): number {
  let steps = 0
  for (const request of requests.values()) {
    const { filter, wantsRetained, reason } = request
    if (relay && filter === RELAY_FILTER) continue
    if (reason !== REASON.success) {
      steps += CHARGES.named
      continue
    }
    steps += subscriptions.addCost(request)
    // A new one is compared with its topics anyway.
    if (wantsRetained && subscriptions.has(filter)) steps += subscriptions.matchingCost(filter)
  }
  return steps
}

interface Request extends FilterRequest {
  /** Whether the retained values are requested. */
  wantsRetained: boolean
  /** Its reason in SUBACK, as far as it is known. */
  reason: number
}

/**
 * Each filter of a packet once. Repeated ones act as if they came one after the other [MQTT-3.8.4-5]: the last one's options
 * apply, and values are sent if any of them requests them.
 */
function byFilter(subscriptions: Subscription[], session: Session): Map<string, Request> {
  const requests = new Map<string, Request>()
  for (const { filter, retainHandling, retainAsPublished, noLocal } of subscriptions) {
    // [MQTT-3.8.3-4] of v5.
    if (session.version === 5 && noLocal && filter.startsWith('$share/')) {
      throw new MqttError(REASON.protocolError, 'A shared subscription with No Local')
    }
    const isNew = !requests.has(filter) && !session.subscriptions.has(filter)
    // Section 3.8.3.1 of v5; in 3.1.1 the values are sent each time. [MQTT-3.8.4-3]
    const asks = retainHandling === 0 || (retainHandling === 1 && isNew)
    const wantsRetained = asks || (requests.get(filter)?.wantsRetained ?? false)
    requests.set(filter, { filter, retainAsPublished, wantsRetained, reason: REASON.success })
  }
  return requests
}

/** Returns SUBACK's reason and collects the topics whose retained values must be sent. */
function subscribe(
  { limits, now }: EdgeContext,
  session: Session,
  { request, retained }: { request: Request; retained: Set<Topic> },
): number {
  const { subscriptions } = session
  if (!subscriptions.has(request.filter) && subscriptions.count >= limits.subscriptionsMax) {
    return REASON.quotaExceeded
  }
  const matching = subscriptions.add(request)
  if (!request.wantsRetained) return REASON.success
  let steps = 0
  for (const topic of matching ?? subscriptions.matching(request.filter)) {
    retained.add(topic)
    steps += topic.costAt(now())
  }
  if (!(session.relay && request.filter === RELAY_FILTER)) session.debit(steps)
  return REASON.success
}

/** [MQTT-3.10.4-5]: acknowledged even if there was no subscription. */
export function handleUnsubscribe(
  _context: EdgeContext,
  session: Session,
  { packetId, filters }: Extract<ClientPacket, { type: 'unsubscribe' }>,
): void {
  const { subscriptions } = session
  // [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1], as in SUBSCRIBE.
  if (!filters.every(isTopicFilter))
    throw new MqttError(REASON.topicFilterInvalid, 'A topic filter is malformed')
  const distinct = new Set(filters)
  let steps = (filters.length - distinct.size) * CHARGES.named
  for (const filter of distinct) steps += subscriptions.removeCost(filter)
  if (!session.charge(steps)) return
  const codes = filters.map((filter) =>
    subscriptions.remove(filter) ? REASON.success : REASON.noSubscriptionExisted,
  )
  session.answer(encodeUnsuback(session.version, packetId, codes))
}
