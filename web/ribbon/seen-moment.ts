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
 * Where a crowd watches with different delays its answer to one moment arrives spread over as many seconds. This is all of it at
 * the picture that it was to; undefined where the show has no such moment, and then nothing is better than what arrived.
 * @param mark The moment, by when the crowd's answer arrived. @param options.beforeMs Where to begin before it. @param options.lengthMs
 * How much of it, from there on. @throws where the server does not give the history
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
  // Nobody's answer came before the picture, so it is the last one of this sticker up to the mark.
  const moment = highlightsOf(steps, STEP_MS).findLast(
    ({ at, sticker }) => sticker === mark.sticker && at <= mark.at && at >= mark.at - DELAY_MS_MAX,
  )
  if (moment === undefined) return undefined
  const from = moment.at - beforeMs
  const to = from + lengthMs
  return { from, to, steps: steps.filter(({ at }) => at >= from && at < to) }
}
