import * as v from 'valibot'
import type { Store } from '../../adapters/store/store.ts'
import type { MoodStep } from '../../engine/highlights.ts'
import { HISTORY_CLOCKS, HISTORY_STEP_MS, type HistoryClock } from '../../protocol/counts.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { ShowView } from '../directory/directory.ts'
import { counts, DAY_MS, time, whole, wholeText } from '../http/call/schemas.ts'

/** Steps in one response: a whole day in steps of ten seconds. */
const STEPS_MAX = 8640
const DEFAULT_SPAN_MS = 600_000
const timeText = wholeText(0, Number.MAX_SAFE_INTEGER)

/** Query parameters for a time span and its steps. @param from Describes `from`, with its default. */
export const spanQuery = (from: string) => ({
  from: v.pipe(timeText, v.description(from)),
  to: v.pipe(timeText, v.description('Default: now')),
  stepMs: v.pipe(wholeText(1, DAY_MS), v.description('Whole seconds; default 1000')),
})
/** Query parameters for a show's mood history. */
export const HISTORY_QUERY = {
  ...spanQuery('Default: ten minutes before `to`'),
  segment: v.pipe(v.string(), v.description('Of this segment instead of all viewers')),
  clock: v.pipe(
    v.picklist(HISTORY_CLOCKS),
    v.description(
      '`arrival` (default): by the time reactions arrived; `programme`: by what was on the viewers’ screens, for clients that report their delay. Both have the same total',
    ),
  ),
}
/** The same in whole steps, for a response. */
export const HISTORY_FIELDS = {
  stepMs: whole(1, DAY_MS),
  steps: v.array(v.object({ at: time, counts })),
}

export interface History {
  stepMs: number
  /** Oldest first; those without reactions are absent. */
  steps: MoodStep[]
}
export interface SpanQuery {
  from: number | undefined
  to: number | undefined
  stepMs: number | undefined
}
export interface HistoryQuery extends SpanQuery {
  segment: string | undefined
  clock: HistoryClock | undefined
}
/** A time span and its steps, in milliseconds. */
export interface Span {
  from: number
  to: number
  stepMs: number
}
type Range = Span & { segment?: string; clock?: HistoryClock }

/**
 * The query with its defaults, validated except for the span's maximum, which the caller knows.
 * @param options.defaultMs The default length before `to`. @throws RoarError bad_request
 */
export function spanOf(query: SpanQuery, { now, defaultMs }: { now: number; defaultMs: number }): Span {
  const { to = now, stepMs = HISTORY_STEP_MS } = query
  // Times before 1970 do not exist here.
  const { from = Math.max(0, to - defaultMs) } = query
  if (stepMs % HISTORY_STEP_MS !== 0)
    throw new RoarError('bad_request', `stepMs is not a multiple of ${HISTORY_STEP_MS}`)
  if (from > to) throw new RoarError('bad_request', '`from` is after `to`')
  return { from, to, stepMs }
}

/** The query with its defaults, validated. @throws RoarError bad_request, unknown_segment */
export function rangeOf({ pack }: ShowView, query: HistoryQuery, now: number): Range {
  // As in every call, an empty one means all viewers.
  const segment = query.segment || undefined
  if (segment !== undefined && !pack.segments.has(segment)) {
    throw new RoarError('unknown_segment', 'the show has no such segment')
  }
  const span = spanOf(query, { now, defaultMs: DEFAULT_SPAN_MS })
  if ((span.to - span.from) / span.stepMs > STEPS_MAX)
    throw new RoarError('bad_request', `\`from\` is more than ${STEPS_MAX} steps before \`to\``)
  const { clock = 'arrival' } = query
  return { ...span, clock, ...(segment !== undefined && { segment }) }
}

/** The mood over time. @param show Its filed name. @throws RoarError store_unavailable */
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
