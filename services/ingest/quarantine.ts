import type { Sighting } from '../../engine/polls/cohort.ts'
import { type Places, PollWatch } from '../../engine/polls/suspicion.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { blockOf, networkOf, networkOfV6 } from '../http/ip.ts'

/** Polls that are watched at once, some 40 MB each at the most; at the bound those that were voted in longest ago are forgotten. */
const POLLS_MAX = 16

/**
 * Watches where the ballots of each poll come from: addresses, networks and blocks of networks, of one issuer of tokens. A
 * ballot from a place that is suspicious beyond the threshold goes to quarantine: it is accepted, it gets its receipt, and
 * whether it is in the result is the producer's decision.
 */
export class Quarantine {
  readonly #threshold: number
  readonly #networks: RateLimit
  readonly #polls = new RecentMap<string, PollWatch>(POLLS_MAX)

  /**
   * @param options.threshold 0 to 1; 1: nothing is suspicious.
   * @param options.perSecond New ballots a second of one network, IPv4 /24 or IPv6 /48; those beyond go to quarantine. 0: no limit.
   */
  constructor({ threshold, perSecond, burst }: { threshold: number; perSecond: number; burst: number }) {
    this.#threshold = threshold
    this.#networks = new RateLimit({ perSecond, burst })
  }

  /** Whether this ballot goes to quarantine. */
  check(poll: string, { address, issuer }: { address: string; issuer: string }, sighting: Sighting): boolean {
    const isTooFast = this.#networks.take(`${poll} ${networkOf(address)}`, sighting.at) > 0
    if (this.#threshold >= 1) return isTooFast
    const watch = this.#polls.get(poll) ?? new PollWatch()
    this.#polls.set(poll, watch)
    const suspicion = watch.sight(placesOf(address, issuer), sighting, this.#threshold)
    return isTooFast || suspicion > this.#threshold
  }
}

function placesOf(address: string, issuer: string): Places {
  const named = (network: string) => `${network} ${issuer}`
  return {
    address: named(networkOfV6(address, 4)),
    network: named(networkOf(address)),
    block: named(blockOf(address)),
  }
}
