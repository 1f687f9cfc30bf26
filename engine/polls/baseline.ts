import type { PlaceKind } from '../../protocol/cohorts.ts'
import { type Given, isInstant, isYoung, type Sighting } from './cohort.ts'

/** Ballots with which one place of each kind may speak for what is usual: a farm must not become the measure of itself. */
const GIVEN_MAX = { address: 8, network: 16, block: 128 } as const
/** Answers that are told apart; one more is like no other. */
const ANSWERS_MAX = 64
/** What is taken for usual while little is known, as so many ballots. */
const PRIOR_BALLOTS = 10
const PRIOR = { agreement: 0.5, instant: 0.1, young: 0.5 }

/** What is usual in a poll: of ballots that are above suspicion, and few of each place. */
export class Baseline {
  #ballots = 0
  #instant = 0
  #young = 0
  readonly #answers = new Map<string, number>()

  /** Adds a ballot, unless one of its places has spoken enough. */
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

  /** What is usual elsewhere than at a place that has given this answer, and so much of the baseline. */
  without(answer: string, given: Given): { agreement: number; instant: number; young: number } {
    const others = this.#ballots - given.ballots
    // What a place gave before it changed its answer is not told apart any more: of the others it is never more than all.
    const share = (all: number, own: number, prior: number) =>
      (Math.min(others, Math.max(0, all - own)) + prior * PRIOR_BALLOTS) / (others + PRIOR_BALLOTS)
    return {
      agreement: share(this.#answers.get(answer) ?? 0, given.agreeing, PRIOR.agreement),
      instant: share(this.#instant, given.instant, PRIOR.instant),
      young: share(this.#young, given.young, PRIOR.young),
    }
  }
}

/** How large places are, in powers of two. */
export class Sizes {
  readonly #bins = new Uint32Array(40)
  #places = 0

  /** A place has grown to so many ballots. */
  grown(ballots: number): void {
    const bin = Math.floor(Math.log2(ballots))
    if (ballots === 1) this.#places++
    else if (bin > Math.log2(ballots - 1)) this.#bins[bin - 1]!--
    else return
    this.#bins[bin]!++
  }

  /** What 19 of 20 other places stay under; 4 where there are few. @param ballots Of the place that asks. */
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
