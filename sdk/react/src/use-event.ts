import type { Roar, RoarEvents } from '@roar/client'
import { useEffect, useRef, useState } from 'react'

export interface Fold<Event, Value> {
  /** The value before the first event. */
  first: () => Value
  fold: (before: Value, event: Event) => Value
  /** A further dependency: the state is reset when it changes. Default: none. */
  key?: string
}

/** State folded from a client's events of one name. Reset for another client. */
export function useEvent<Name extends keyof RoarEvents, Value>(
  roar: Roar | undefined,
  name: Name,
  { key = '', ...how }: Fold<RoarEvents[Name], Value>,
): Value {
  const [state, setState] = useState(() => ({ roar, key, value: how.first() }))
  const newest = useRef(how)
  newest.current = how

  useEffect(() => {
    // Something may have happened since rendering.
    setState({ roar, key, value: newest.current.first() })
    return roar?.on(name, (event) =>
      setState(({ value }) => ({ roar, key, value: newest.current.fold(value, event) })),
    )
  }, [roar, name, key])

  return state.roar === roar && state.key === key ? state.value : how.first()
}
