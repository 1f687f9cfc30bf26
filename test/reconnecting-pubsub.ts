import { memoryPubSub } from '../adapters/memory/pubsub-memory.ts'
import type { PubSub, PubSubState } from '../adapters/pubsub/pubsub.ts'

/**
 * PubSub within this process that reports, when a test asks for it, that it was unreachable and is reachable again: a broker may
 * have lost its memory.
 */
export function reconnectingPubSub(): { pubsub: PubSub; reconnect: () => void } {
  const listeners = new Set<(state: PubSubState) => void>()
  return {
    pubsub: {
      ...memoryPubSub(),
      onState(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    reconnect() {
      for (const state of ['down', 'up'] as const) for (const listener of listeners) listener(state)
    },
  }
}
