import type { Roar, RoarEvents } from '@roar/client'
import { useCallback, useSyncExternalStore } from 'react'

/** What `read` returns, again after each event of that name; undefined without a client. It must not change in between. */
export function useRead<Value>(
  roar: Roar | undefined,
  name: keyof RoarEvents,
  read: (roar: Roar) => Value,
): Value | undefined {
  const follow = useCallback((changed: () => void) => roar?.on(name, changed) ?? (() => {}), [roar, name])
  const current = () => (roar ? read(roar) : undefined)
  return useSyncExternalStore(follow, current, current)
}
