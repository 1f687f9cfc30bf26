import type { Sighting } from '../../engine/polls/cohort.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { type Places, PollWatch } from '../../engine/polls/suspicion.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import type { Suspect } from '../../protocol/cohorts.ts'
import type { Sighted } from '../../protocol/records/sightings.ts'
import { blockOf, networkOf, networkOfV6 } from '../http/ip.ts'

/** Polls that are watched at once, some 40 MB each at the most; at the bound those that were voted in longest ago are forgotten. */
const POLLS_MAX = 16

type PollName = Pick<Sighted, 'show' | 'poll'>

/** A poll that is watched; `id` tells this watch from those of other processes and other times. */
interface Watched {
  poll: PollName
  id: string
  watch: PollWatch
}

/** A place from which ballots went to quarantine, by its name, which is no secret to this process alone. */
export type Found = PollName & { watch: string; suspect: Suspect }

/** The other ingests of a cluster. */
export interface Others {
  /** Keyed, the same in every process. */
  hashOf: (text: string) => string
  tell: (sighted: Sighted) => void
}

/**
 * Watches where the ballots of each poll come from: addresses, networks and blocks of networks, of one issuer of tokens. A
 * ballot from a place that is suspicious beyond the threshold goes to quarantine: it is accepted, it gets its receipt, and
 * whether it is in the result is the producer's decision.
 */
export class Quarantine {
  readonly #threshold: number
  readonly #networks: RateLimit
  readonly #polls = new RecentMap<string, Watched>(POLLS_MAX)
  /** Polls in which a ballot went to quarantine since somebody asked for the suspects; beyond the bound those that come with a later ballot. */
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

  /** From now on others hear of what is sighted here. Places and answers go by their hashes, here too. */
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

  /** The places from which this process put ballots in quarantine since this was asked last, as they are now. */
  takeSuspects(): Found[] {
    const found = [...this.#changed.values()].flatMap(({ poll: { show, poll }, id, watch }) =>
      watch.takeSuspects().map((suspect) => ({ show, poll, watch: id, suspect })),
    )
    this.#changed.clear()
    return found
  }

  /** A ballot that this process takes. */
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
