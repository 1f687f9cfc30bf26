/** A ballot as suspicion sees it. */
export interface Sighting {
  /** Receive time, milliseconds since 1970. */
  at: number
  /** In one form for equal answers. */
  answer: string
  /** How old the token was, in milliseconds; undefined: it does not say. */
  ageMs: number | undefined
  /** Whether the token says nothing of a person: a guest's. */
  guest: boolean
}

/**
 * What is known of the ballots that came from one place: an address, a network or a block of networks. Shares and means
 * are of the newest hundreds, so a place that a farm leaves is soon a place of people again, and the other way.
 */
export interface Cohort {
  ballots: number
  firstMs: number
  newestMs: number
  /** Ballots, each of which fades with `LATELY_MS`. */
  lately: number
  /** Mean and mean square of the gaps between ballots, in milliseconds. */
  gapMs: number
  gapSquareMs: number
  /** The answer that most gave lately, and their share. */
  answer: string
  agreement: number
  /** Shares of ballots whose token was issued a moment, or a minute, before. */
  instant: number
  young: number
  /** Share of ballots that came together with the one before. */
  together: number
  /** Share of ballots that came while hardly anybody else did. */
  lonely: number
  /** Of its ballots those that this process took, those of them that went to quarantine for its sake, and how many of these came too fast. */
  taken: number
  quarantined: number
  beyondLimit: number
  /** What of it is in the baseline: ballots, and those with its answer, instant and young ones. */
  given: Given
}

export interface Given {
  ballots: number
  agreeing: number
  instant: number
  young: number
}

const WINDOW = 256
/** Agreement needs more: of a home crowd one in twenty may dissent, and of so many all must not seem to agree by chance. */
const AGREEMENT_WINDOW = 1024
/** How long what happened is remembered for what happens now, in milliseconds. */
const LATELY_MS = 60_000
/** A person reads the choices and picks one; between a script's token and its vote there is nothing. */
const INSTANT_MS = 1_000
const YOUNG_MS = 60_000
/** Who votes at less than this share of the mean rate hardly votes. */
const QUIET = 0.1
/** Nearer than two fingers come without being told to. */
const TOGETHER_MS = 20

export const newCohort = ({ at, answer }: Sighting): Cohort => ({
  ballots: 0,
  firstMs: at,
  newestMs: at,
  lately: 0,
  gapMs: 0,
  gapSquareMs: 0,
  answer,
  agreement: 1,
  instant: 0,
  young: 0,
  together: 0,
  lonely: 0,
  taken: 0,
  quarantined: 0,
  beyondLimit: 0,
  given: { ballots: 0, agreeing: 0, instant: 0, young: 0 },
})

export const isInstant = ({ ageMs }: Sighting): boolean => ageMs !== undefined && ageMs < INSTANT_MS
export const isYoung = ({ ageMs, guest }: Sighting): boolean =>
  ageMs === undefined ? guest : ageMs < YOUNG_MS

/** Ballots that have not faded, with one more. */
export const fading = (lately: number, passedMs: number): number =>
  lately * Math.exp(-Math.max(0, passedMs) / LATELY_MS) + 1

/**
 * Whether these voters are silent now: under a tenth of their mean rate, where that is a ballot a minute or more.
 * @param of.ballots All of theirs in `passedMs` milliseconds. @param of.lately Those that have not faded.
 */
export function isQuiet(of: { lately: number; ballots: number; passedMs: number }): boolean {
  const usual = (of.ballots / of.passedMs) * LATELY_MS
  return of.passedMs > LATELY_MS && usual >= 1 && of.lately < QUIET * usual
}

/** Adds a ballot to what is known of its cohort. @param isLonely Whether hardly anybody votes but the cohort's so many lately. */
export function sight(cohort: Cohort, sighting: Sighting, isLonely: (own: number) => boolean): void {
  const { at, answer } = sighting
  cohort.ballots++
  cohort.lately = fading(cohort.lately, at - cohort.newestMs)
  const weight = Math.max(1 / WINDOW, 1 / cohort.ballots)
  if (cohort.ballots > 1) {
    const gap = Math.max(0, at - cohort.newestMs)
    const gapWeight = Math.max(1 / WINDOW, 1 / (cohort.ballots - 1))
    cohort.gapMs += gapWeight * (gap - cohort.gapMs)
    cohort.gapSquareMs += gapWeight * (gap * gap - cohort.gapSquareMs)
    cohort.together += gapWeight * (Number(gap <= TOGETHER_MS) - cohort.together)
  }
  const agreementWeight = Math.max(1 / AGREEMENT_WINDOW, 1 / cohort.ballots)
  cohort.agreement += agreementWeight * (Number(answer === cohort.answer) - cohort.agreement)
  if (cohort.agreement < 0.5 && answer !== cohort.answer) {
    cohort.answer = answer
    cohort.agreement = 0.5
    cohort.given.agreeing = 0
  }
  cohort.instant += weight * (Number(isInstant(sighting)) - cohort.instant)
  cohort.young += weight * (Number(isYoung(sighting)) - cohort.young)
  cohort.lonely += weight * (Number(isLonely(cohort.lately)) - cohort.lonely)
  // The clock may have been set back.
  cohort.newestMs = Math.max(cohort.newestMs, at)
}
