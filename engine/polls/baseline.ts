import type { PlaceKind } from '../../protocol/cohorts.ts'
import { type Given, isInstant, isYoung, type Sighting } from './cohort.ts'

/** How many ballots of one place, of each kind, may enter the baseline: a farm must not define what is usual. */
const GIVEN_MAX = { address: 8, network: 16, block: 128 } as const
/** Answers that are distinguished; any further one counts as unlike all others. */
const ANSWERS_MAX = 64
/** The prior, weighted as this many ballots, while little is known. */
const PRIOR_BALLOTS = 10
const PRIOR = { agreement: 0.5, instant: 0.1, young: 0.5 }

/** What is usual in a poll: measured on unsuspicious ballots, few of each place. */
export class Baseline {
  #ballots = 0
  #instant = 0
  #young = 0
  readonly #answers = new Map<string, number>()

  /** Adds a ballot, unless one of its places has contributed enough. */
  add(sighting: Sighting, places: readonly { given: Given; kind: PlaceKind; answer: string }[]): void {
    if (places.some(({ given, kind }) => given.ballots >= GIVEN_MAX[kind])) return
    const [instant, young] = [Number(isInstant(sighting)), Number(isYoung(sighting))]
    this.#ballots++
    this.#instant += instant
    this.#young += young
    if (this.#answers.has(sighting.answer) || this.#answers.size < ANSWERS_MAX)
      this.#answers.set(sighting.answer, (this.#answers.get(sighting.answer) ?? 0) + 1)
    for (const { given, answer } of places) {
      given.ballots++
      given.instant += instant
      given.young += young
      given.agreeing += Number(answer === sighting.answer)
    }
  }

  /** What is usual elsewhere: the baseline without this place's own contribution and its answer. */
  without(answer: string, given: Given): { agreement: number; instant: number; young: number } {
    const others = this.#ballots - given.ballots
    // After a place changes its main answer its older contributions are not distinguished: the result is clamped to what the
    // others can have.
    const share = (all: number, own: number, prior: number) =>
      (Math.min(others, Math.max(0, all - own)) + prior * PRIOR_BALLOTS) / (others + PRIOR_BALLOTS)
    return {
      agreement: share(this.#answers.get(answer) ?? 0, given.agreeing, PRIOR.agreement),
      instant: share(this.#instant, given.instant, PRIOR.instant),
      young: share(this.#young, given.young, PRIOR.young),
    }
  }
}

/** The distribution of places' sizes, in powers of two. */
export class Sizes {
  readonly #bins = new Uint32Array(40)
  #places = 0

  /** A place has reached this many ballots. */
  grown(ballots: number): void {
    const bin = Math.floor(Math.log2(ballots))
    if (ballots === 1) this.#places++
    else if (bin > Math.log2(ballots - 1)) this.#bins[bin - 1]!--
    else return
    this.#bins[bin]!++
  }

  /** The size that 19 of 20 other places do not exceed; 4 where there are few places. @param ballots Of the place in question. */
  usual(ballots: number): number {
    const own = Math.floor(Math.log2(ballots))
    let larger = Math.floor((this.#places - 1) / 20)
    if (larger < 1) return 4
    for (let bin = this.#bins.length - 1; bin >= 2; bin--) {
      larger -= this.#bins[bin]! - Number(bin === own)
      if (larger < 0) return 2 ** (bin + 1)
    }
    return 4
  }
}
