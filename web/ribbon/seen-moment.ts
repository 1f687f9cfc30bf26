import { highlightsOf } from '../../engine/highlights.ts'
import { DELAY_MS_MAX } from '../../protocol/limits.ts'
import { type HistoryQuestion, historyOf } from './history.ts'
import { STEP_MS, type Step } from './moments.ts'

/** A loud moment, as it was on the screens of those who tapped. */
export interface SeenMoment {
  from: number
  to: number
  /** Of this time, oldest first. */
  steps: Step[]
}

/**
 * If a crowd watches with different delays, its reactions to one moment arrive spread over as many seconds. Returns all of them
 * aligned with the picture; undefined if the show has no such moment, and then what arrived is the best there is.
 * @param mark The moment, by arrival time. @param options.beforeMs How much earlier to begin. @param options.lengthMs
 * Length from there. @throws if the server does not return the history
 */
export async function seenMoment(
  question: Pick<HistoryQuestion, 'url' | 'show' | 'sides'>,
  mark: { at: number; sticker: string },
  { beforeMs, lengthMs }: { beforeMs: number; lengthMs: number },
): Promise<SeenMoment | undefined> {
  const { steps } = await historyOf({
    ...question,
    from: mark.at - DELAY_MS_MAX - beforeMs,
    to: mark.at - beforeMs + lengthMs,
    stepMs: STEP_MS,
    clock: 'programme',
  })
  // No reaction comes before the picture, so it is the last moment of this sticker up to the mark.
  const moment = highlightsOf(steps, STEP_MS).findLast(
    ({ at, sticker }) => sticker === mark.sticker && at <= mark.at && at >= mark.at - DELAY_MS_MAX,
  )
  if (moment === undefined) return undefined
  const from = moment.at - beforeMs
  const to = from + lengthMs
  return { from, to, steps: steps.filter(({ at }) => at >= from && at < to) }
}
