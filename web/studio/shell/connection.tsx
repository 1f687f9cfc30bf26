import { useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { Problem } from '../api/problem.ts'

/**
 * Whether the server answers, in words. Based on the calls, not on what the browser believes of the network; a screen with a live
 * connection says more.
 */
export function Connection() {
  const cache = useQueryClient()
  const lost = useSyncExternalStore(
    (changed) => {
      const ends = [cache.getQueryCache().subscribe(changed), cache.getMutationCache().subscribe(changed)]
      return () => {
        for (const end of ends) end()
      }
    },
    () => isLost(cache),
  )
  return (
    <span className="connection" data-state={lost ? 'lost' : 'well'} role="status">
      <span className="dot" aria-hidden="true" />
      {lost ? 'No connection: what you do is sent again until it is confirmed' : 'Connected'}
    </span>
  )
}

const isLost = (cache: ReturnType<typeof useQueryClient>): boolean =>
  cache
    .getQueryCache()
    .getAll()
    .some((query) => query.isActive() && isAway(query.state.fetchFailureReason ?? query.state.error)) ||
  cache
    .getMutationCache()
    .getAll()
    .some(({ state }) => state.status === 'pending' && isAway(state.failureReason))

const isAway = (cause: unknown): boolean => cause instanceof Problem && cause.passes
