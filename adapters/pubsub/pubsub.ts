import type { PublishProperties } from '../../protocol/mqtt/properties.ts'

/** Properties of an MQTT 5 message, forwarded unchanged [MQTT-3.3.2-4] [MQTT-3.3.2-20]. */
export interface MessageProperties extends Omit<PublishProperties, 'expiryS'> {
  /** After this time it must not be delivered, milliseconds since 1970 by this machine's clock [MQTT-3.3.2-5]. */
  expiresMs?: number
}

export interface Message {
  topic: string
  payload: Uint8Array
  /** Keeps it as the topic's value for later subscribers. An empty payload with `retain` removes the value. */
  retain: boolean
  properties?: MessageProperties | undefined
  /**
   * For a retained message of a publisher that others may replace, and that publishes what is newest again whenever PubSub is `up`
   * again, and whenever this says yes again. Nothing of it is kept while the peer is unreachable; what waits for a slow one is dropped,
   * and counted, if this says no by then. Default: it is kept, and sent.
   */
  isCurrent?: () => boolean
}

export interface LeaveOptions {
  /** Stays if there is no other address. */
  onlyForAnother: boolean
}

/** `down`: the newest retained message of each topic waits, others are dropped and counted. For those with `isCurrent` see there. */
export type PubSubState = 'up' | 'down'

/**
 * PubSub: topics that keep their newest value if asked to, delivered to all subscribers. Embedded it is in this process, in a
 * cluster it is an MQTT broker or one of our edges. Delivery is at most once: every packet is full state or may be missed.
 */
export interface PubSub {
  /** Never blocks, and never throws because of an unreachable peer. */
  publish(message: Message): void
  /**
   * Calls back with the retained messages that match the MQTT filter, then with each new one, in order of publishing. Returns the
   * unsubscribe function.
   * @param options.isOptional PubSub is `up` without it, and a broker may refuse it. Default false.
   */
  subscribe(
    filter: string,
    onMessage: (message: Message) => void,
    options?: { isOptional?: boolean },
  ): () => void
  /** Sends a message to the source of messages once, if it is reachable: for reports that are repeated anyway. */
  report(message: Omit<Message, 'retain'>): void
  state(): PubSubState
  onState(listener: (state: PubSubState) => void): () => void
  /** Leaves the current source address for the next one. Absent if messages come from this process. */
  leave?(why: string, options: LeaveOptions): void
  /** Messages dropped because the peer was unreachable or slow; topics whose newest message waits for it. */
  counters(): { dropped: number; waiting: number }
  /** Delivers what was published, then closes. */
  close(): Promise<void>
}
