import { whenAborted } from './request.ts'

/** Who wants to hear of which event. */
export interface Listeners<Events> {
  /** Calls back on each event of that name, until `signal` aborts. Returns the unsubscribe function. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => void,
    options?: { signal?: AbortSignal },
  ): () => void
  /** The next event of that name. Rejects with the signal's reason when it aborts, and with the end's when no event will come any more. */
  once<Name extends keyof Events>(name: Name, options?: { signal?: AbortSignal }): Promise<Events[Name]>
  /** Calls every listener. An error in one becomes an uncaught error and does not affect the others. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

/** @param end Aborts when no event will come any more. @param why The reason of the end. @param log Called first with every event. */
export function createListeners<Events>(
  end?: AbortSignal,
  why?: () => unknown,
  log?: (name: keyof Events, event: unknown) => void,
): Listeners<Events> {
  const listeners = new Map<keyof Events, Set<(event: never) => void>>()
  // What these set on a signal goes with the listener: the signal may live longer.
  const on: Listeners<Events>['on'] = (name, listener, { signal } = {}) => {
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all.add(listener))
    const done = new AbortController()
    const off = () => {
      done.abort()
      all.delete(listener)
    }
    whenAborted(signal, off, done)
    return off
  }
  return {
    on,
    once(name, { signal } = {}) {
      const done = new AbortController()
      return new Promise<never>((resolve, reject) => {
        on(name, resolve as () => void, done)
        whenAborted(signal, () => reject(signal!.reason), done)
        whenAborted(end, () => reject(why!()), done)
      }).finally(() => done.abort())
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
