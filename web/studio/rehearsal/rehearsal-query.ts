import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { KEYS } from '../api/queries.ts'

/** State of a running rehearsal, as the server reports it. */
export interface Rehearsal {
  title: string
  speed: number
  state: 'running' | 'done' | 'stopped' | 'failed'
  who: string
  elapsedMs: number
  lengthMs: number
  taps: { sent: number; accepted: number; counted: number }
  votes: { sent: number; accepted: number; counted: number }
  posts: { sent: number; accepted: number }
  faults: string[]
  notes: string[]
}

/** The show's newest rehearsal, if there was one. */
export const useRehearsal = (show: string) =>
  useQuery({
    queryKey: [...KEYS.show(show), 'rehearsal'],
    queryFn: ({ signal }) => call<{ newest?: Rehearsal }>(`v1/studio/shows/${show}/rehearsal`, { signal }),
    refetchInterval: ({ state }) => (state.data?.newest?.state === 'running' ? 500 : 4_000),
  })
