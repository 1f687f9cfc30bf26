/** A ballot as the farm detection sees it. */
export interface Sighting {
  /** Receive time, milliseconds since 1970. */
  at: number
  /** Canonical: equal answers have equal texts. */
  answer: string
  /** The token's age, in milliseconds; undefined: the token does not say. */
  ageMs: number | undefined
  /** Whether the token identifies no person: a guest's. */
  guest: boolean
}

/**
 * What is known of the ballots from one place: an address, a network or a block of networks. Shares and means cover the newest
 * hundreds, so that a place that a farm leaves soon looks normal again, and the reverse.
 */
export interface Cohort {
  ballots: number
  firstMs: number
  newestMs: number
  /** Ballots, each fading with `LATELY_MS`. */
  lately: number
  /** Mean and mean square of the gaps between ballots, in milliseconds. */
  gapMs: number
  gapSquareMs: number
  /** The most frequent answer lately, and its share. */
  answer: string
  agreement: number
  /** Shares of ballots whose token was issued a second, or a minute, before. */
  instant: number
  young: number
  /** Share of ballots that arrived together with the one before. */
  together: number
  /** Share of ballots that arrived while hardly anybody else voted. */
  lonely: number
  /**
   * Ballots that this process accepted, those of them that went to quarantine because of this place, and how many of these came
   * too fast.
   */
  taken: number
  quarantined: number
  beyondLimit: number
  /** Its contribution to the baseline: ballots, those with its answer, instant and young ones. */
  given: Given
}

export interface Given {
  ballots: number
  agreeing: number
  instant: number
  young: number
}

const WINDOW = 256
/** Agreement needs a longer window: in a home crowd one in twenty may dissent, and with fewer ballots unanimity can be chance. */
const AGREEMENT_WINDOW = 1024
/** The time constant with which recent ballots fade, in milliseconds. */
const LATELY_MS = 60_000
/** A person reads the choices and picks one; a script votes as soon as it has a token. */
const INSTANT_MS = 1_000
const YOUNG_MS = 60_000
/** Voting at less than this share of the mean rate counts as quiet. */
const QUIET = 0.1
/** People do not vote closer together than this by chance. */
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

/** The faded number of ballots, plus one. */
export const fading = (lately: number, passedMs: number): number =>
  lately * Math.exp(-Math.max(0, passedMs) / LATELY_MS) + 1

/**
 * Whether these voters are silent now: under a tenth of their mean rate, where that is a ballot a minute or more.
 * @param of.ballots All of theirs in `passedMs` milliseconds. @param of.lately The faded number.
 */
export function isQuiet(of: { lately: number; ballots: number; passedMs: number }): boolean {
  const usual = (of.ballots / of.passedMs) * LATELY_MS
  return of.passedMs > LATELY_MS && usual >= 1 && of.lately < QUIET * usual
}

/** Adds a ballot to its cohort. @param isLonely Whether hardly anybody else votes, if the cohort itself has so many lately. */
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
