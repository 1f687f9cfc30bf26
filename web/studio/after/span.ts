import type { StudioShow } from '../api/queries.ts'
import type { Range } from '../mood/history.ts'

/** Points of a chart: more would not be visible. */
const POINTS_MAX = 600
const DAY_MS = 86_400_000

/** From a show's start to its end, or to now, in steps of whole seconds. A show without a start: the last day. */
export function spanOf(
  { started, starts, ended, ends }: Pick<StudioShow, 'started' | 'starts' | 'ended' | 'ends'>,
  now: number,
): Range {
  const to = Math.min(ended ?? ends ?? now, now)
  const from = Math.min(started ?? starts ?? to - DAY_MS, to)
  const stepMs = Math.max(1, Math.ceil((to - from) / POINTS_MAX / 1000)) * 1000
  return { from: Math.floor(from / stepMs) * stepMs, to: Math.ceil(to / stepMs) * stepMs, stepMs }
}
