import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import type { Show } from '../../protocol/show.ts'
import type { Threshold } from '../../protocol/webhooks.ts'
import { BANDWIDTH, highlightsOf, type MoodStep, sumOf } from '../highlights.ts'
import { dataOf, type ShowEvent } from './events.ts'

/** A step is looked at once it is so old: what was counted in it is in the store by then. */
export const SETTLED_MS = 3_000
/** How far back it is looked, in milliseconds: whoever was away for less tells of all. */
export const LOOK_BACK_MS = 900_000
/** A highlight is one by the steps around it: those after it have to be there. */
const AROUND_MS = 2 * BANDWIDTH * HISTORY_STEP_MS

/** Whole steps, from `from` up to, not with, `to`. */
interface Seen {
  from: number
  to: number
}

/** What is old enough to be looked at, at a time. */
export function seenAt(now: number): Seen {
  const to = now - SETTLED_MS - ((now - SETTLED_MS) % HISTORY_STEP_MS)
  return { from: Math.max(0, to - LOOK_BACK_MS), to }
}

/**
 * The ends of the spans in which a crowd reacted at more than `perSecond` in each of `forS` seconds on end. After one, the
 * next needs `forS` seconds on end at half of that or less before it: a crowd that stays around the threshold crosses it once.
 * What was before the first step is not known, so those seconds of quiet must be seen before the first one, too. @param steps Of a second; those without
 * reactions may be absent.
 */
export function crossingsOf(
  steps: readonly MoodStep[],
  { perSecond, forS }: Threshold,
  { from, to }: Seen,
): number[] {
  const counts = new Map(steps.map(({ at, counts }) => [at, sumOf(counts)]))
  const crossings: number[] = []
  let isArmed = false
  let loud = 0
  let quiet = 0
  for (let at = from; at < to; at += HISTORY_STEP_MS) {
    const count = counts.get(at) ?? 0
    loud = count > perSecond ? loud + 1 : 0
    quiet = count <= perSecond / 2 ? quiet + 1 : 0
    if (quiet >= forS) isArmed = true
    if (!isArmed || loud < forS) continue
    isArmed = false
    crossings.push(at + HISTORY_STEP_MS)
  }
  return crossings
}

export const thresholdEvents = (
  show: Show,
  steps: readonly MoodStep[],
  { threshold, seen }: { threshold: Threshold; seen: Seen },
): ShowEvent[] =>
  crossingsOf(steps, threshold, seen).map((at) => ({
    ...{ type: 'show.threshold', at, moment: at, show: show.show, poll: '' },
    data: { ...dataOf(show), ...threshold },
  }))

/** The moments that the timeline has, once nothing that comes can make another of them. */
export const highlightEvents = (show: Show, steps: readonly MoodStep[], { to }: Seen): ShowEvent[] =>
  highlightsOf(steps)
    .filter(({ at }) => at + AROUND_MS <= to)
    .map(({ at, lift, sticker }) => ({
      ...{ type: 'show.highlight', at, moment: at, show: show.show, poll: '' },
      data: { ...dataOf(show), lift, sticker },
    }))
