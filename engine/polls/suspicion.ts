import { PLACES, type PlaceKind, type Suspect } from '../../protocol/cohorts.ts'
import { RecentMap } from '../recent-map.ts'
import { Baseline, Sizes } from './baseline.ts'
import { type Cohort, fading, isQuiet, newCohort, type Sighting, sight } from './cohort.ts'
import { figuresOf, signsOf, type Usual } from './signs.ts'

/** Where a ballot came from: names that are equal for the same place. */
export type Places = Readonly<Record<PlaceKind, string>>

/** Places watched, of each kind; beyond it the least recently seen are forgotten. */
const COHORTS_MAX = 50_000
/** With fewer ballots a place is a household: too few to judge. */
const BALLOTS_MIN = 20
/** Suspects that changed since the last report; a further one waits for its next ballot. */
const CHANGED_MAX = 200
/** At this many bits the suspicion is one half. */
const BITS_OF_HALF = 2.6

/** Watches the ballots of one poll for places that vote as no people do. */
export class PollWatch {
  readonly #cohorts = new Map<PlaceKind, RecentMap<string, Cohort>>(
    PLACES.map((kind) => [kind, new RecentMap(COHORTS_MAX)]),
  )
  readonly #sizes = new Map<PlaceKind, Sizes>(PLACES.map((kind) => [kind, new Sizes()]))
  readonly #baseline = new Baseline()
  readonly #changed = new Map<string, Named>()
  #ballots = 0
  #lately = 0
  #firstMs = 0
  #newestMs = 0

  /**
   * The suspicion of the most suspicious of a ballot's places, from 0 to 1: 1 - 2^(-bits / 2.6), with the bits of all signs added
   * up. A place of fewer than 20 ballots is never suspicious.
   * @param threshold Ballots above it do not enter the baseline.
   */
  sight(places: Places, sighting: Sighting, threshold: number): number {
    if (this.#ballots === 0) this.#firstMs = sighting.at
    this.#ballots++
    this.#lately = fading(this.#lately, sighting.at - this.#newestMs)
    this.#newestMs = Math.max(this.#newestMs, sighting.at)
    const cohorts = PLACES.map((kind) => this.#sightAt(kind, places[kind], sighting))
    const suspicion = suspicionOf(Math.max(...cohorts.map((each) => this.#bits(each))))
    if (suspicion <= threshold) {
      this.#baseline.add(
        sighting,
        cohorts.map(({ kind, cohort: { given, answer } }) => ({ kind, given, answer })),
      )
    }
    return suspicion
  }

  /**
   * Counts a ballot that this process accepted, after `sight`. A quarantined ballot is attributed to its most suspicious place,
   * one that came too fast to its network.
   */
  took(places: Places, { isSuspicious, isTooFast }: { isSuspicious: boolean; isTooFast: boolean }): void {
    const found = PLACES.map((kind) => ({
      kind,
      name: places[kind],
      cohort: this.#cohorts.get(kind)!.get(places[kind])!,
    }))
    for (const { cohort } of found) cohort.taken++
    if (!isSuspicious && !isTooFast) return
    const suspect = isSuspicious
      ? found.reduce((worst, each) => (this.#bits(each) > this.#bits(worst) ? each : worst))
      : found.find(({ kind }) => kind === 'network')!
    suspect.cohort.quarantined++
    if (isTooFast) suspect.cohort.beyondLimit++
    const key = `${suspect.kind} ${suspect.name}`
    if (this.#changed.size < CHANGED_MAX || this.#changed.has(key)) this.#changed.set(key, suspect)
  }

  /** The places whose ballots went to quarantine since the last call, in their present state, under their names. */
  takeSuspects(): Suspect[] {
    const suspects = [...this.#changed.values()].map((named): Suspect => {
      const { kind, name, cohort } = named
      const { taken, quarantined, beyondLimit, firstMs, newestMs } = cohort
      return {
        cohort: name,
        kind,
        ballots: taken,
        quarantined,
        beyondLimit,
        suspicion: suspicionOf(this.#bits(named)),
        signs: cohort.ballots < BALLOTS_MIN ? [] : figuresOf(cohort, this.#usual(named)),
        from: firstMs,
        to: newestMs,
      }
    })
    this.#changed.clear()
    return suspects
  }

  #sightAt(kind: PlaceKind, name: string, sighting: Sighting): Named {
    const cohorts = this.#cohorts.get(kind)!
    const cohort = cohorts.get(name) ?? newCohort(sighting)
    cohorts.set(name, cohort)
    const passedMs = this.#newestMs - this.#firstMs
    sight(cohort, sighting, (own) =>
      isQuiet({ lately: this.#lately - own, ballots: this.#ballots - cohort.ballots, passedMs }),
    )
    this.#sizes.get(kind)!.grown(cohort.ballots)
    return { kind, name, cohort }
  }

  #bits(named: Named): number {
    if (named.cohort.ballots < BALLOTS_MIN) return 0
    return Object.values(signsOf(named.cohort, this.#usual(named))).reduce((total, bits) => total + bits, 0)
  }

  #usual({ kind, cohort }: Named): Usual {
    const size = this.#sizes.get(kind)!.usual(cohort.ballots)
    return { ...this.#baseline.without(cohort.answer, cohort.given), size }
  }
}

/** A place by its name. */
interface Named {
  kind: PlaceKind
  name: string
  cohort: Cohort
}

const suspicionOf = (bits: number): number => 1 - 2 ** (-bits / BITS_OF_HALF)
