import { whenAborted } from './request.ts'

/** Who wants to hear of which event. */
export interface Listeners<Events> {
  /** Calls back on each event of that name, until `signal` aborts. Returns the unsubscribe function. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => void,
    options?: { signal?: AbortSignal },
  ): () => void
  /** Calls every listener. An error in one becomes an uncaught error and does not affect the others. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

/** @param log Called first with every event. */
export function createListeners<Events>(
  log?: (name: keyof Events, event: unknown) => void,
): Listeners<Events> {
  const listeners = new Map<keyof Events, Set<(event: never) => void>>()
  return {
    on(name, listener, { signal } = {}) {
      const all = listeners.get(name) ?? new Set()
      listeners.set(name, all.add(listener))
      // What is set on a signal goes with the listener: the signal may live longer.
      const done = new AbortController()
      const off = () => {
        done.abort()
        all.delete(listener)
      }
      whenAborted(signal, off, done)
      return off
    },
    emit(name, event) {
      for (const listener of [() => log?.(name, event), ...(listeners.get(name) ?? [])]) {
        try {
          listener(event as never)
        } catch (cause) {
          queueMicrotask(() => {
            throw cause
          })
        }
      }
    },
  }
}
