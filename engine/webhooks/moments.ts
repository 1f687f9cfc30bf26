import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import type { Show } from '../../protocol/show.ts'
import type { Threshold } from '../../protocol/webhooks.ts'
import { BANDWIDTH, highlightsOf, type MoodStep, sumOf } from '../highlights.ts'
import { dataOf, type ShowEvent } from './events.ts'

/** A step is evaluated at this age: by then its counts are in the store. */
export const SETTLED_MS = 3_000
/** How far back steps are evaluated, in milliseconds: after a shorter outage nothing is missed. */
export const LOOK_BACK_MS = 900_000
/** A highlight depends on the steps around it: those after it must exist. */
const AROUND_MS = 2 * BANDWIDTH * HISTORY_STEP_MS

/** Whole steps, `from` inclusive, `to` exclusive. */
interface Seen {
  from: number
  to: number
}

/** The steps that are old enough to be evaluated. */
export function seenAt(now: number): Seen {
  const to = now - SETTLED_MS - ((now - SETTLED_MS) % HISTORY_STEP_MS)
  return { from: Math.max(0, to - LOOK_BACK_MS), to }
}

/**
 * The ends of the spans in which a crowd reacted at more than `perSecond` in each of `forS` consecutive seconds. After one, the
 * next needs `forS` consecutive seconds at half of that or less before it: a crowd that stays around the threshold crosses it
 * once. What was before the first step is unknown, so those quiet seconds must be seen before the first span, too. @param steps
 * Of a second; those without reactions may be absent.
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

/** The timeline's highlights, once later steps can no longer change them. */
export const highlightEvents = (show: Show, steps: readonly MoodStep[], { to }: Seen): ShowEvent[] =>
  highlightsOf(steps)
    .filter(({ at }) => at + AROUND_MS <= to)
    .map(({ at, lift, sticker }) => ({
      ...{ type: 'show.highlight', at, moment: at, show: show.show, poll: '' },
      data: { ...dataOf(show), lift, sticker },
    }))
