import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { KEYS, type StudioPoll } from '../api/queries.ts'

interface Result {
  ballots: number
  counts: Record<string, number>
  segments: Record<string, { ballots: number; counts: Record<string, number> }>
}

export interface PollAndTally extends StudioPoll {
  tally: {
    late: number
    quarantined: number
    withQuarantined: Result
    withoutQuarantined: Result
  }
}

/**
 * A poll with its counts, whatever viewers may see of them. Polled every second and a half while it is open; not after it is
 * sealed.
 */
export const usePoll = ({ show, poll, state }: Pick<StudioPoll, 'show' | 'poll' | 'state'>) =>
  useQuery({
    queryKey: [...KEYS.polls(show), poll],
    queryFn: ({ signal }) => call<PollAndTally>(`v1/studio/shows/${show}/polls/${poll}`, { signal }),
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'sealed' ? false : state === 'open' ? 1_500 : 10_000,
    enabled: state !== 'draft',
  })
