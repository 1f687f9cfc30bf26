import type { Roar, RoarEvents } from '@roar/client'
import { useEffect, useRef, useState } from 'react'

export interface Following<Value> {
  /** The value before anything has happened. */
  first: () => Value
  /** Follows the client: each call of `change` replaces the value, until the signal aborts. */
  follow: (roar: Roar, change: (next: (before: Value) => Value) => void, signal: AbortSignal) => void
  /** A further dependency: the state is reset when it changes. Default: none. */
  key?: string
}

/** State that follows a client. Reset for another client. */
export function useFollowing<Value>(roar: Roar | undefined, { key = '', ...how }: Following<Value>): Value {
  const [state, setState] = useState(() => ({ roar, key, value: how.first() }))
  const newest = useRef(how)
  newest.current = how

  useEffect(() => {
    // Something may have happened since rendering.
    setState({ roar, key, value: newest.current.first() })
    const ended = new AbortController()
    const { signal } = ended
    const change = (next: (before: Value) => Value) => {
      if (!signal.aborted) setState(({ value }) => ({ roar, key, value: next(value) }))
    }
    if (roar) newest.current.follow(roar, change, signal)
    return () => ended.abort()
  }, [roar, key])

  return state.roar === roar && state.key === key ? state.value : how.first()
}

export interface Fold<Event, Value> extends Pick<Following<Value>, 'first' | 'key'> {
  fold: (before: Value, event: Event) => Value
}

/** State folded from a client's events of one name. */
export function useEvent<Name extends keyof RoarEvents, Value>(
  roar: Roar | undefined,
  name: Name,
  { fold, ...how }: Fold<RoarEvents[Name], Value>,
): Value {
  const newest = useRef(fold)
  newest.current = fold
  return useFollowing(roar, {
    ...how,
    follow: (roar, change, signal) =>
      roar.on(name, (event) => change((before) => newest.current(before, event)), { signal }),
  })
}
