import { memoryPubSub } from '../adapters/memory/pubsub-memory.ts'
import type { Message, PubSub, PubSubState } from '../adapters/pubsub/pubsub.ts'

/**
 * PubSub within this process behind which a test has a broker that is unreachable or slow, as `PubSub` says of it: `broker` is what
 * its clients read, and `dropped` the topics of what was not sent.
 */
export function brokerPubSub() {
  const broker = memoryPubSub()
  const listeners = new Set<(state: PubSubState) => void>()
  const waiting: Message[] = []
  const dropped: string[] = []
  let state: PubSubState = 'up'
  let isSlow = false
  const become = (next: PubSubState) => {
    state = next
    for (const listener of listeners) listener(next)
  }
  const send = () => {
    for (const message of waiting.splice(0))
      if (message.isCurrent?.() === false) dropped.push(message.topic)
      else broker.publish(message)
  }
  const pubsub: PubSub = {
    ...broker,
    publish(message) {
      if (state === 'up' && !isSlow) broker.publish(message)
      else if (state === 'up' || message.isCurrent === undefined) waiting.push(message)
    },
    state: () => state,
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return {
    broker,
    pubsub,
    dropped,
    down: () => become('down'),
    up() {
      become('up')
      send()
    },
    /** It acknowledges nothing. */
    slow() {
      isSlow = true
    },
    fast() {
      isSlow = false
      send()
    },
  }
}
