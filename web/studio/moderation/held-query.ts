import { useQuery } from '@tanstack/react-query'
import type { HeldRecord } from '../../../protocol/records/held.ts'
import { call } from '../api/call.ts'
import { KEYS } from '../api/queries.ts'

export type HeldPost = Omit<HeldRecord, 'show'>

interface Held {
  /** Those waiting, oldest first. */
  posts: readonly HeldPost[]
  /** The latest decisions, newest first. */
  decided: readonly HeldPost[]
  /** Dropped for lack of room. */
  dropped: number
}

/** A held post appears within this time. */
const REFRESH_MS = 2_000

/** The posts held for moderators. */
export const useHeld = (show: string) =>
  useQuery({
    queryKey: KEYS.held(show),
    queryFn: ({ signal }) => call<Held>(`v1/studio/shows/${show}/posts?held`, { signal }),
    refetchInterval: REFRESH_MS,
  })
