import { SIGNS, type Sign, type SignName } from '../../protocol/cohorts.ts'
import type { Cohort } from './cohort.ts'

/** What is usual in the poll, outside of the place in question. */
export interface Usual {
  /** Share of the others who gave this cohort's answer. */
  agreement: number
  instant: number
  young: number
  /** The size of a place that is large among its kind. */
  size: number
}

/** The bits of each sign. */
export type Signs = Record<SignName, number>

/**
 * Evidence for a script, in bits that add up; 0 where it looks like people. Each has a maximum, so none convicts alone, and
 * none that is missing acquits.
 *
 * - volume (2.5): many more ballots than from other places. But so has a carrier, a campus, a stadium.
 * - regular (4): people's gaps vary as much as their mean, or more; a script's do not, jitter or not.
 * - bursty (2): many come together, more than the place's own rate explains.
 * - instant (4), young (2): tokens of a moment, or of a minute ago, more often than elsewhere. The larger one counts.
 * - agreement (4): hardly anybody here dissents, compared with elsewhere. A home crowd still has some dissenters.
 * - lonely (2): ballots arrive while hardly anybody else votes.
 */
export function signsOf(cohort: Cohort, usual: Usual): Signs {
  const instant = 4 * ramp(cohort.instant - usual.instant, 0.15, 0.75)
  const young = 2 * ramp(cohort.young - usual.young, 0.2, 0.8)
  return {
    volume: atMost(2.5, 0.75 * Math.log2(cohort.ballots / (2 * usual.size))),
    regular: 4 * ramp(0.8 - variationOf(cohort), 0, 0.6),
    bursty: 2 * ramp(cohort.together - togetherByRate(cohort), 0.2, 0.8),
    instant: instant > young ? instant : 0,
    young: instant > young ? 0 : young,
    agreement: atMost(4, agreementOf(cohort, usual.agreement)),
    lonely: 2 * ramp(cohort.lonely, 0.1, 0.6),
  }
}

/** The signs above 0, the strongest first, each with its figure here and the usual one. */
export function figuresOf(cohort: Cohort, usual: Usual): Sign[] {
  const bits = signsOf(cohort, usual)
  const figures: Record<SignName, readonly [here: number, usual: number]> = {
    volume: [cohort.ballots, usual.size],
    regular: [variationOf(cohort), 1],
    bursty: [cohort.together, togetherByRate(cohort)],
    instant: [cohort.instant, usual.instant],
    young: [cohort.young, usual.young],
    agreement: [cohort.agreement, usual.agreement],
    lonely: [cohort.lonely, 0],
  }
  return SIGNS.map((sign) => {
    const [here, elsewhere] = figures[sign]
    return { sign, bits: rounded(bits[sign]), here: rounded(here), usual: rounded(elsewhere) }
  })
    .filter(({ bits }) => bits > 0)
    .sort((a, b) => b.bits - a.bits)
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000

/** How many times fewer dissent than elsewhere, in bits. Few ballots, and the last percent, are weak evidence. */
function agreementOf({ agreement, ballots }: Cohort, usual: number): number {
  const doubt = 0.02 + 3 / Math.min(ballots, 256)
  return -Math.log2((1 - agreement + doubt) / (1 - usual + doubt))
}

/** The coefficient of variation of the gaps: 1 for independent arrivals, 0 for a metronome. */
function variationOf({ gapMs, gapSquareMs }: Cohort): number {
  return gapMs === 0 ? 1 : Math.sqrt(Math.max(0, gapSquareMs - gapMs ** 2)) / gapMs
}

/** The share of ballots within 20 ms of the one before that independent arrivals would have. */
function togetherByRate({ ballots, firstMs, newestMs }: Cohort): number {
  return newestMs === firstMs ? 1 : 1 - Math.exp((-20 * ballots) / (newestMs - firstMs))
}

/** 0 up to `from`, 1 from `to` on. */
const ramp = (value: number, from: number, to: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)))
const atMost = (most: number, bits: number): number => Math.min(most, Math.max(0, bits))
