/**
 * PubSub: topics, the newest value of each kept where asked, everyone who listens gets it. Embedded it lives in this
 * process, in a cluster it is an MQTT broker or one of our edges. Delivery is at most once: every packet is full
 * state or may be missed.
 */
export interface Message {
  topic: string
  payload: Uint8Array
  /** Keep it as the topic's value for those who subscribe later. An empty payload with `retain` removes the value. */
  retain: boolean
}

/** `down`: the newest retained message of each topic waits, others are dropped and counted. */
export type PubSubState = 'up' | 'down'

export interface PubSub {
  /** Never blocks and never throws for a peer that is away. */
  publish(message: Message): void
  /**
   * Calls back with the retained messages that match the MQTT filter, then with each new one, in the order of
   * publishing. Returns the unsubscribe function.
   */
  subscribe(filter: string, onMessage: (message: Message) => void): () => void
  state(): PubSubState
  onState(listener: (state: PubSubState) => void): () => void
  /** Messages dropped because the other side was unreachable or slow; topics whose newest message waits for it. */
  counters(): { dropped: number; waiting: number }
  /** Passes on what was published, then closes. */
  close(): Promise<void>
}
