import { topicMatcher } from '../../protocol/mqtt/topic-filter.ts'
import type { Message, PubSub } from '../pubsub/pubsub.ts'

interface Listener {
  matches: (topic: string) => boolean
  onMessage: (message: Message) => void
}

/**
 * PubSub within this process. A message published while another is being delivered waits its turn, so that all listeners see the
 * same order. `retainedMax` topics (default 100,000) keep a value; further ones are delivered and not kept. A listener that
 * throws does not affect the others: `onFault` gets the error, by default it becomes an unhandled rejection.
 */
export function memoryPubSub({
  retainedMax = 100_000,
  onFault = (cause) => void Promise.reject(cause),
}: {
  retainedMax?: number
  onFault?: (cause: unknown) => void
} = {}): PubSub {
  const retained = new Map<string, Message>()
  const listeners = new Set<Listener>()
  const waiting: Message[] = []
  let handingOut = false
  let closed = false

  const hand = (listener: Listener, message: Message): void => {
    try {
      listener.onMessage(message)
    } catch (cause) {
      onFault(cause)
    }
  }

  const keep = (message: Message): void => {
    if (message.payload.length === 0) retained.delete(message.topic)
    else if (retained.has(message.topic) || retained.size < retainedMax) retained.set(message.topic, message)
  }

  const publish = (message: Message): void => {
    if (closed) return
    waiting.push(message)
    if (handingOut) return
    handingOut = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.retain) keep(next)
      for (const listener of listeners) if (listener.matches(next.topic)) hand(listener, next)
    }
    handingOut = false
  }

  return {
    publish,
    report: (message) => publish({ ...message, retain: false }),
    subscribe(filter, onMessage) {
      const listener = { matches: topicMatcher(filter), onMessage }
      for (const message of retained.values()) if (listener.matches(message.topic)) hand(listener, message)
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    state: () => 'up',
    onState: () => () => {},
    counters: () => ({ dropped: 0, waiting: 0 }),
    async close() {
      closed = true
      listeners.clear()
    },
  }
}
