import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { KEYS } from '../api/queries.ts'

/** How a rehearsal that is played stands, as the server says it. */
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

/** The newest one of a show, where anything was played. */
export const useRehearsal = (show: string) =>
  useQuery({
    queryKey: [...KEYS.show(show), 'rehearsal'],
    queryFn: ({ signal }) => call<{ newest?: Rehearsal }>(`v1/studio/shows/${show}/rehearsal`, { signal }),
    refetchInterval: ({ state }) => (state.data?.newest?.state === 'running' ? 500 : 4_000),
  })
