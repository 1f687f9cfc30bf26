import { useQuery } from '@tanstack/react-query'
import type { HeldRecord } from '../../../protocol/records/held.ts'
import { call } from '../api/call.ts'
import { KEYS } from '../api/queries.ts'

export type HeldPost = Omit<HeldRecord, 'show'>

interface Held {
  /** Those that wait, oldest first. */
  posts: readonly HeldPost[]
  /** The newest decisions, the newest first. */
  decided: readonly HeldPost[]
  /** Those that gave way. */
  dropped: number
}

/** Whoever waits is on the screen so soon. */
const REFRESH_MS = 2_000

/** The posts that moderators see first. */
export const useHeld = (show: string) =>
  useQuery({
    queryKey: KEYS.held(show),
    queryFn: ({ signal }) => call<Held>(`v1/studio/shows/${show}/posts?held`, { signal }),
    refetchInterval: REFRESH_MS,
  })
