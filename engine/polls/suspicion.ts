/** What is known of the ballots that came from one cohort: one network and one issuer of tokens. */
export interface Cohort {
  ballots: number
  /** Ballots of guests, or with tokens that were issued moments ago. */
  fresh: number
  /** When the newest came, milliseconds since 1970. */
  newestMs: number
  /** Mean and mean square of the gaps between ballots, in milliseconds: exponentially weighted. */
  gapMs: number
  gapSquareMs: number
  /** Ballots for the answer that most of the cohort gave lately, against all: exponentially weighted, 0 to 1. */
  agreement: number
  answer: string
}

/** A ballot as suspicion sees it. */
export interface Sighting {
  at: number
  answer: string
  /** Whether the token says nothing of a person: a guest's, or issued moments ago. */
  fresh: boolean
}

/** How much the newest ballot weighs in the means. */
const WEIGHT = 1 / 32
/** Below this many ballots a cohort is a household or an office, and nothing can be said. */
const BALLOTS_MIN = 50

export const newCohort = ({ at, answer }: Sighting): Cohort => ({
  ballots: 0,
  fresh: 0,
  newestMs: at,
  gapMs: 0,
  gapSquareMs: 0,
  agreement: 1,
  answer,
})

/** Adds a ballot to what is known of its cohort. */
export function sight(cohort: Cohort, { at, answer, fresh }: Sighting): void {
  if (cohort.ballots > 0) {
    const gap = Math.max(0, at - cohort.newestMs)
    const weight = Math.max(WEIGHT, 1 / cohort.ballots)
    cohort.gapMs += weight * (gap - cohort.gapMs)
    cohort.gapSquareMs += weight * (gap * gap - cohort.gapSquareMs)
    cohort.agreement += WEIGHT * ((answer === cohort.answer ? 1 : 0) - cohort.agreement)
    if (cohort.agreement < 0.5) {
      cohort.answer = answer
      cohort.agreement = 0.5
    }
  }
  cohort.ballots++
  if (fresh) cohort.fresh++
  cohort.newestMs = Math.max(cohort.newestMs, at)
}

/**
 * How suspicious a cohort is, from 0 to 1: the mean of three signs, each 0 where it looks like people.
 * Fresh: how many come with tokens that say nothing of a person. Rhythm: people's gaps vary at least as much as their
 * mean (a coefficient of variation around 1), a script's do not. Agreement: how far beyond `typical`, the share of the
 * whole poll's favourite, all of them give one answer. A cohort of fewer than 50 ballots is never suspicious.
 */
export function suspicionOf(cohort: Cohort, { typical }: { typical: number }): number {
  if (cohort.ballots < BALLOTS_MIN) return 0
  const variance = Math.max(0, cohort.gapSquareMs - cohort.gapMs ** 2)
  const variation = cohort.gapMs === 0 ? 1 : Math.sqrt(variance) / cohort.gapMs
  const rhythm = 1 - Math.min(1, variation)
  const agreement = typical >= 1 ? 0 : Math.max(0, (cohort.agreement - typical) / (1 - typical))
  return (cohort.fresh / cohort.ballots + rhythm + agreement) / 3
}
