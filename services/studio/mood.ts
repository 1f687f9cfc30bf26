import type { Store } from '../../adapters/store/store.ts'
import { HISTORY_STEP_MS, type HistoryCount } from '../../protocol/counts.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { jsonResponse } from '../http/responses.ts'
import type { Handler, Routes } from '../http/routes.ts'
import { targetOf } from '../http/target.ts'
import type { Identity } from '../identity/identity.ts'

/** Steps in one answer: a whole day in steps of ten seconds. */
const STEPS_MAX = 8640

/**
 * `GET /v1/studio/shows/{show}/mood?from&to&stepMs&segment`: the mood timeline, `[{"at","counts":{sticker: count}}…]`,
 * oldest first. Steps without reactions are absent. Defaults: the last ten minutes in steps of a second.
 */
export function moodTimelineRoutes({
  store,
  directory,
  identity,
  now,
}: {
  store: Store
  directory: ShowDirectory
  identity: Identity
  now: () => number
}): Routes {
  const timeline: Handler = async (request) => {
    const { show } = request.params as { show: string }
    await identity.producerOf(request, show)
    const { pack } = directory.get(show)
    const { query } = targetOf(request)
    const to = whole(query, 'to', now())
    const from = whole(query, 'from', to - 600_000)
    const stepMs = whole(query, 'stepMs', HISTORY_STEP_MS)
    const segment = query.get('segment') ?? undefined
    if (segment !== undefined && !pack.segments.has(segment)) {
      throw new RoarError('unknown_segment', 'the show has no such segment')
    }
    if (stepMs === 0 || stepMs % HISTORY_STEP_MS !== 0) {
      throw new RoarError('bad_request', `stepMs is not a multiple of ${HISTORY_STEP_MS}`)
    }
    if (from > to || (to - from) / stepMs > STEPS_MAX) {
      throw new RoarError('bad_request', `from to to is not 0 to ${STEPS_MAX} steps`)
    }
    const range = segment === undefined ? { from, to, stepMs } : { from, to, stepMs, segment }
    return jsonResponse({ stepMs, steps: bySteps(await store.history(show, range)) })
  }
  return { '/v1/studio/shows/:show/mood': { GET: timeline } }
}

function whole(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name)
  if (text === null) return fallback
  if (!/^\d{1,15}$/.test(text)) throw new RoarError('bad_request', `${name} is not a whole number`)
  return Number(text)
}

function bySteps(counts: HistoryCount[]): { at: number; counts: Record<string, number> }[] {
  const steps = new Map<number, Record<string, number>>()
  for (const { at, sticker, count } of counts) steps.set(at, { ...steps.get(at), [sticker]: count })
  return [...steps].map(([at, counts]) => ({ at, counts }))
}
