import { useQuery } from '@tanstack/react-query'
import type { DecisionRequest } from '../../../protocol/decisions.ts'
import { call } from '../api/call.ts'
import { KEYS, useChange } from '../api/queries.ts'

/** The requester waits for an answer, so the other desks show it within this time. */
const REFRESH_MS = 4_000

/** A show's requests that wait for a second person. */
export const useRequests = (show: string) =>
  useQuery({
    queryKey: [...KEYS.show(show), 'requests'],
    queryFn: ({ signal }) => call<DecisionRequest[]>(`v1/studio/shows/${show}/requests`, { signal }),
    refetchInterval: REFRESH_MS,
  })

type Asked = { reason: string } & (
  | { action: 'seal'; poll: string }
  | { action: 'change'; poll: string; changes: NonNullable<DecisionRequest['changes']> }
  | { action: 'one-approval' }
)

/** Requests a decision that takes two people. */
export const useAsk = (show: string) =>
  useChange(
    (asked: Asked) =>
      call<DecisionRequest>(`v1/studio/shows/${show}/requests`, { method: 'POST', body: asked }),
    [KEYS.show(show)],
  )
