import * as v from 'valibot'
import type { Store } from '../../adapters/store/store.ts'
import type { MoodStep } from '../../engine/highlights.ts'
import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { ShowView } from '../directory/directory.ts'
import { counts, DAY_MS, time, whole, wholeText } from '../http/call/schemas.ts'

/** Steps in one answer: a whole day in steps of ten seconds. */
const STEPS_MAX = 8640
const DEFAULT_SPAN_MS = 600_000
const timeText = wholeText(0, Number.MAX_SAFE_INTEGER)

/** What of a show's mood over time is asked for. */
export const HISTORY_QUERY = {
  from: v.pipe(timeText, v.description('Default: ten minutes before `to`')),
  to: v.pipe(timeText, v.description('Default: now')),
  stepMs: v.pipe(wholeText(1, DAY_MS), v.description('Whole seconds; default 1000')),
  segment: v.pipe(v.string(), v.description('Of this segment instead of all viewers')),
}
/** The same, in whole steps: the fields of an answer. */
export const HISTORY_FIELDS = {
  stepMs: whole(1, DAY_MS),
  steps: v.array(v.object({ at: time, counts })),
}

export interface History {
  stepMs: number
  /** Oldest first; those without reactions are absent. */
  steps: MoodStep[]
}
export interface HistoryQuery {
  from: number | undefined
  to: number | undefined
  stepMs: number | undefined
  segment: string | undefined
}
type Range = { from: number; to: number; stepMs: number; segment?: string }

/** The query with its defaults, checked. @throws RoarError bad_request, unknown_segment */
export function rangeOf({ pack }: ShowView, query: HistoryQuery, now: number): Range {
  const { to = now, stepMs = HISTORY_STEP_MS } = query
  // As in every call: an empty one is all viewers.
  const segment = query.segment || undefined
  // A time before 1970 is none.
  const { from = Math.max(0, to - DEFAULT_SPAN_MS) } = query
  if (segment !== undefined && !pack.segments.has(segment)) {
    throw new RoarError('unknown_segment', 'the show has no such segment')
  }
  if (stepMs % HISTORY_STEP_MS !== 0) {
    throw new RoarError('bad_request', `stepMs is not a multiple of ${HISTORY_STEP_MS}`)
  }
  if (from > to || (to - from) / stepMs > STEPS_MAX) {
    throw new RoarError('bad_request', `from to to is not 0 to ${STEPS_MAX} steps`)
  }
  return { from, to, stepMs, ...(segment !== undefined && { segment }) }
}

/** The mood over time. @throws RoarError store_unavailable */
export async function readHistory(
  store: Pick<Store, 'history'>,
  show: string,
  range: Range,
): Promise<History> {
  const steps = new Map<number, Record<string, number>>()
  for (const { at, sticker, count } of await store.history(show, range)) {
    const counts = steps.get(at) ?? {}
    counts[sticker] = count
    steps.set(at, counts)
  }
  return { stepMs: range.stepMs, steps: [...steps].map(([at, counts]) => ({ at, counts })) }
}
