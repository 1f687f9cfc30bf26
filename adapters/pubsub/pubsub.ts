import type { PublishProperties } from '../../protocol/mqtt/properties.ts'

/** What a publisher of MQTT 5 sends beside the payload. It is forwarded unchanged [MQTT-3.3.2-4] [MQTT-3.3.2-20]. */
export interface MessageProperties extends Omit<PublishProperties, 'expiryS'> {
  /** When nobody is to get it any more, milliseconds since 1970 by this machine's clock [MQTT-3.3.2-5]. */
  expiresMs?: number
}

export interface Message {
  topic: string
  payload: Uint8Array
  /** Keep it as the topic's value for those who subscribe later. An empty payload with `retain` removes the value. */
  retain: boolean
  properties?: MessageProperties | undefined
}

export interface LeaveOptions {
  /** Where there is no other address, stays. */
  onlyForAnother: boolean
}

/** `down`: the newest retained message of each topic waits, others are dropped and counted. */
export type PubSubState = 'up' | 'down'

/**
 * PubSub: topics, the newest value of each kept where asked, everyone who listens gets it. Embedded it lives in this
 * process, in a cluster it is an MQTT broker or one of our edges. Delivery is at most once: every packet is full
 * state or may be missed.
 */
export interface PubSub {
  /** Never blocks and never throws for an unreachable peer. */
  publish(message: Message): void
  /**
   * Calls back with the retained messages that match the MQTT filter, then with each new one, in the order of
   * publishing. Returns the unsubscribe function.
   * @param options.isOptional Without it PubSub is `up` all the same, and a broker may refuse it. Default false.
   */
  subscribe(
    filter: string,
    onMessage: (message: Message) => void,
    options?: { isOptional?: boolean },
  ): () => void
  /** Says something to where messages come from, once and where it is reachable: for what is said again soon anyway. */
  report(message: Omit<Message, 'retain'>): void
  state(): PubSubState
  onState(listener: (state: PubSubState) => void): () => void
  /** Leaves the address that messages come from for the next one. Absent where they come from this process. */
  leave?(why: string, options: LeaveOptions): void
  /** Messages dropped because the other side was unreachable or slow; topics whose newest message waits for it. */
  counters(): { dropped: number; waiting: number }
  /** Passes on what was published, then closes. */
  close(): Promise<void>
}
