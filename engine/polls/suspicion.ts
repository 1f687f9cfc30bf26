import { RecentMap } from '../recent-map.ts'
import { Baseline, KINDS, type Kind, Sizes } from './baseline.ts'
import { type Cohort, fading, isQuiet, newCohort, type Sighting, sight } from './cohort.ts'
import { signsOf } from './signs.ts'

/** Where a ballot came from, as names that are the same for the same place. */
export type Places = Readonly<Record<Kind, string>>

/** Places that are watched, of each kind; at the bound those that were seen longest ago are forgotten. */
const COHORTS_MAX = 50_000
/** Below this many ballots a place is a household, and nothing can be said. */
const BALLOTS_MIN = 20
/** With this many bits a place is as suspicious as not. */
const BITS_OF_HALF = 2.6

/** Watches the ballots of one poll for places that vote as no people do. */
export class PollWatch {
  readonly #cohorts = new Map<Kind, RecentMap<string, Cohort>>(
    KINDS.map((kind) => [kind, new RecentMap(COHORTS_MAX)]),
  )
  readonly #sizes = new Map<Kind, Sizes>(KINDS.map((kind) => [kind, new Sizes()]))
  readonly #baseline = new Baseline()
  #ballots = 0
  #lately = 0
  #firstMs = 0
  #newestMs = 0

  /**
   * How suspicious the most suspicious of a ballot's places is, from 0 to 1: 1 - 2^(-bits / 2.6), with the bits of all
   * signs added up. A place of fewer than 20 ballots is never suspicious.
   * @param threshold What is more suspicious is no measure of what is usual.
   */
  sight(places: Places, sighting: Sighting, threshold: number): number {
    if (this.#ballots === 0) this.#firstMs = sighting.at
    this.#ballots++
    this.#lately = fading(this.#lately, sighting.at - this.#newestMs)
    this.#newestMs = Math.max(this.#newestMs, sighting.at)
    const cohorts = KINDS.map((kind) => this.#sightAt(kind, places[kind], sighting))
    const bits = Math.max(...cohorts.map(({ kind, cohort }) => this.#bits(kind, cohort)))
    const suspicion = 1 - 2 ** (-bits / BITS_OF_HALF)
    if (suspicion <= threshold) {
      this.#baseline.add(
        sighting,
        cohorts.map(({ kind, cohort: { given, answer } }) => ({ kind, given, answer })),
      )
    }
    return suspicion
  }

  #sightAt(kind: Kind, name: string, sighting: Sighting): { kind: Kind; cohort: Cohort } {
    const cohorts = this.#cohorts.get(kind)!
    const cohort = cohorts.get(name) ?? newCohort(sighting)
    cohorts.set(name, cohort)
    const passedMs = this.#newestMs - this.#firstMs
    sight(cohort, sighting, (own) =>
      isQuiet({ lately: this.#lately - own, ballots: this.#ballots - cohort.ballots, passedMs }),
    )
    this.#sizes.get(kind)!.grown(cohort.ballots)
    return { kind, cohort }
  }

  #bits(kind: Kind, cohort: Cohort): number {
    if (cohort.ballots < BALLOTS_MIN) return 0
    const size = this.#sizes.get(kind)!.usual(cohort.ballots)
    const signs = signsOf(cohort, { ...this.#baseline.without(cohort.answer, cohort.given), size })
    return Object.values(signs).reduce((total, bits) => total + bits, 0)
  }
}
