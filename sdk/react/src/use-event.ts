import type { Roar, RoarEvents } from '@roar/client'
import { useEffect, useRef, useState } from 'react'

export interface Fold<Event, Value> {
  /** What there is before the first event. */
  first: () => Value
  fold: (before: Value, event: Event) => Value
  /** What else it depends on: it begins anew where this changes. Default: nothing. */
  key?: string
}

/** What a client's events of one name have come to. Begins anew with another client. */
export function useEvent<Name extends keyof RoarEvents, Value>(
  roar: Roar | undefined,
  name: Name,
  { key = '', ...how }: Fold<RoarEvents[Name], Value>,
): Value {
  const [state, setState] = useState(() => ({ roar, key, value: how.first() }))
  const newest = useRef(how)
  newest.current = how

  useEffect(() => {
    // Something may have happened between the rendering and now.
    setState({ roar, key, value: newest.current.first() })
    return roar?.on(name, (event) =>
      setState(({ value }) => ({ roar, key, value: newest.current.fold(value, event) })),
    )
  }, [roar, name, key])

  return state.roar === roar && state.key === key ? state.value : how.first()
}
