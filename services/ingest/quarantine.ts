import type { Sighting } from '../../engine/polls/cohort.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { type Places, PollWatch } from '../../engine/polls/suspicion.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import type { Suspect } from '../../protocol/cohorts.ts'
import type { Sighted } from '../../protocol/records/sightings.ts'
import { blockOf, networkOf, networkOfV6 } from '../http/ip.ts'

/** Polls watched at the same time, at most some 40 MB each; beyond it those voted in longest ago are forgotten. */
const POLLS_MAX = 16

type PollName = Pick<Sighted, 'show' | 'poll'>

/** A watched poll; `id` distinguishes this watch from those of other processes and of other times. */
interface Watched {
  poll: PollName
  id: string
  watch: PollWatch
}

/** A place whose ballots went to quarantine, by a name that this process alone cannot keep secret. */
export type Found = PollName & { watch: string; suspect: Suspect }

/** The other ingests of a cluster. */
export interface Others {
  /** Keyed, the same in every process. */
  hashOf: (text: string) => string
  tell: (sighted: Sighted) => void
}

/**
 * Watches where each poll's ballots come from: addresses, networks and blocks of networks, for each issuer of tokens. A ballot
 * from a place more suspicious than the threshold goes to quarantine: it is accepted and gets its receipt, and the producer
 * decides whether it counts.
 */
export class Quarantine {
  readonly #threshold: number
  readonly #networks: RateLimit
  readonly #polls = new RecentMap<string, Watched>(POLLS_MAX)
  /**
   * Polls with newly quarantined ballots since suspects were last taken; beyond the bound a poll waits for its next such ballot.
   */
  readonly #changed = new Map<string, Watched>()
  #others: Others | undefined

  /**
   * @param options.threshold 0 to 1; 1: nothing is suspicious.
   * @param options.perSecond New ballots a second of one network, IPv4 /24 or IPv6 /48; those beyond go to quarantine. 0: no limit.
   */
  constructor({ threshold, perSecond, burst }: { threshold: number; perSecond: number; burst: number }) {
    this.#threshold = threshold
    this.#networks = new RateLimit({ perSecond, burst })
  }

  /** From now on shares sightings with the others. Places and answers are then hashed, here too. */
  share(others: Others): void {
    this.#others = others
  }

  /** Whether this ballot goes to quarantine. */
  check(
    poll: PollName,
    { address, issuer }: { address: string; issuer: string },
    sighting: Sighting,
  ): boolean {
    if (this.#others === undefined) return this.#take(poll, placesOf(address, issuer), sighting)
    const { hashOf, tell } = this.#others
    const hashed = { ...sighting, answer: hashOf(`answer ${poll.show}/${poll.poll} ${sighting.answer}`) }
    const places = placesOf(address, issuer, (place) => hashOf(`place ${place}`))
    const { ageMs, ...rest } = hashed
    tell({
      ...poll,
      ...places,
      ...rest,
      ...(ageMs !== undefined && { ageMs: Math.max(0, Math.round(ageMs)) }),
    })
    return this.#take(poll, places, hashed)
  }

  /** A ballot that another process has accepted. */
  readonly hear = ({ show, poll, address, network, block, ...sighting }: Sighted): void => {
    this.#sight({ show, poll }, { address, network, block }, { ageMs: undefined, ...sighting })
  }

  /** The places whose ballots this process quarantined since the last call, in their present state. */
  takeSuspects(): Found[] {
    const found = [...this.#changed.values()].flatMap(({ poll: { show, poll }, id, watch }) =>
      watch.takeSuspects().map((suspect) => ({ show, poll, watch: id, suspect })),
    )
    this.#changed.clear()
    return found
  }

  /** A ballot that this process accepts. */
  #take(poll: PollName, places: Places, sighting: Sighting): boolean {
    const { watched, ...mark } = this.#sight(poll, places, sighting)
    const isQuarantined = mark.isSuspicious || mark.isTooFast
    watched.watch.took(places, mark)
    if (isQuarantined && this.#changed.size < POLLS_MAX) this.#changed.set(watched.id, watched)
    return isQuarantined
  }

  #sight({ show, poll }: PollName, places: Places, sighting: Sighting) {
    const name = pollName(show, poll)
    const isTooFast = this.#networks.take(`${name} ${places.network}`, sighting.at) > 0
    const watched = this.#polls.get(name) ?? {
      poll: { show, poll },
      id: crypto.randomUUID(),
      watch: new PollWatch(),
    }
    this.#polls.set(name, watched)
    const suspicion = watched.watch.sight(places, sighting, this.#threshold)
    return { watched, isTooFast, isSuspicious: suspicion > this.#threshold }
  }
}

function placesOf(address: string, issuer: string, nameOf = (place: string) => place): Places {
  const named = (network: string) => nameOf(`${network} ${issuer}`)
  return {
    address: named(networkOfV6(address, 4)),
    network: named(networkOf(address)),
    block: named(blockOf(address)),
  }
}
