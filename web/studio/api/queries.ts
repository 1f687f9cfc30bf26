import { QueryClient, type QueryKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Poll, PollState } from '../../../protocol/polls.ts'
import type { Show, ShowState, StickerPack } from '../../../protocol/show.ts'
import type { TrailEntry } from '../../../protocol/trail.ts'
import { call } from './call.ts'
import { Problem } from './problem.ts'

export type StudioShow = Show & { state: ShowState }
export type StudioPoll = Poll & { state: PollState }

/** Retries after a second, then less often: a minute and a half in all, enough for a proxy's restart. */
const REPEATS_MAX = 20
const REPEAT_MS_MAX = 5_000
/** Other people's changes appear within this time, even if the live connection is down. */
const REFRESH_MS = 4_000

const repeats = (failures: number, cause: unknown): boolean =>
  cause instanceof Problem && cause.passes && failures < REPEATS_MAX
const retryDelay = (failures: number): number => Math.min(1_000 * 2 ** failures, REPEAT_MS_MAX)

/** Calls are made even if the browser thinks it is offline: at a venue it is often wrong. */
export const createCache = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: repeats, retryDelay, staleTime: 1_000 },
      mutations: { networkMode: 'always', retry: repeats, retryDelay },
    },
  })

export const KEYS = {
  shows: ['shows'],
  show: (show: string) => ['show', show],
  polls: (show: string) => ['show', show, 'polls'],
  held: (show: string) => ['show', show, 'held'],
  packs: ['packs'],
} satisfies Record<string, QueryKey | ((show: string) => QueryKey)>

/** Shows per response. */
const PAGE = 200
/** Pages that the list loads: shows beyond them are reached by their address. */
const PAGES_MAX = 10

async function everyShow(archived: boolean, signal: AbortSignal): Promise<StudioShow[]> {
  const shows: StudioShow[] = []
  for (let page = 0; page < PAGES_MAX; page++) {
    const after = shows.at(-1)?.show
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(after !== undefined && { after }),
      ...(archived && { state: 'archived' }),
    })
    const next = await call<StudioShow[]>(`v1/studio/shows?${query}`, { signal })
    shows.push(...next)
    if (next.length < PAGE) break
  }
  return shows
}

export const useShows = (archived = false) =>
  useQuery({
    queryKey: [...KEYS.shows, archived],
    queryFn: ({ signal }) => everyShow(archived, signal),
    refetchInterval: 10_000,
  })

export const useShow = (show: string) =>
  useQuery({
    queryKey: KEYS.show(show),
    queryFn: ({ signal }) => call<StudioShow>(`v1/studio/shows/${show}`, { signal }),
    refetchInterval: REFRESH_MS,
  })

export const usePolls = (show: string) =>
  useQuery({
    queryKey: KEYS.polls(show),
    queryFn: ({ signal }) => call<StudioPoll[]>(`v1/studio/shows/${show}/polls`, { signal }),
    refetchInterval: REFRESH_MS,
  })

export const usePacks = () =>
  useQuery({
    queryKey: KEYS.packs,
    queryFn: ({ signal }) => call<StickerPack[]>('v1/studio/packs', { signal }),
  })

export const useTrail = (show: string, limit: number) =>
  useQuery({
    queryKey: [...KEYS.show(show), 'trail', limit],
    queryFn: ({ signal }) => call<TrailEntry[]>(`v1/studio/shows/${show}/audit?limit=${limit}`, { signal }),
    refetchInterval: REFRESH_MS,
  })

/**
 * For requests that create something and would create it twice if retried: without an answer, the list shows whether it exists.
 */
export function useMakeOnce<Asked, Answer>(send: (asked: Asked) => Promise<Answer>, touches: QueryKey) {
  const cache = useQueryClient()
  return useMutation<Answer, Error, Asked>({
    mutationFn: send,
    retry: false,
    onSettled: () => cache.invalidateQueries({ queryKey: touches }),
  })
}

/**
 * A change on the server, retried until it is answered: every studio call is safe to retry. Refreshes the screens' data
 * afterwards.
 */
export function useChange<Asked, Answer>(
  send: (asked: Asked) => Promise<Answer>,
  touches: readonly QueryKey[],
  done?: (answer: Answer, asked: Asked) => void,
) {
  const cache = useQueryClient()
  return useMutation<Answer, Error, Asked>({
    mutationFn: send,
    ...(done && { onSuccess: done }),
    onSettled: () => Promise.all(touches.map((queryKey) => cache.invalidateQueries({ queryKey }))),
  })
}
