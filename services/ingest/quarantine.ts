import { type Cohort, newCohort, type Sighting, sight, suspicionOf } from '../../engine/polls/suspicion.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { networkOfV6 } from '../http/ip.ts'

/** Cohorts that are watched, of all polls; at the bound those that were seen longest ago are forgotten. */
const COHORTS_MAX = 100_000

/**
 * Watches cohorts of ballots: one network (IPv4 /24, IPv6 /48) and one issuer of tokens, in one poll. A ballot of a
 * cohort that is suspicious beyond the threshold goes to quarantine: it is taken, it gets its receipt, and whether it is
 * in the result is the producer's decision.
 */
export class Quarantine {
  readonly #threshold: number
  readonly #cohorts = new RecentMap<string, Cohort>(COHORTS_MAX)
  /** Of each poll: how many ballots were sighted, and how many for each answer. */
  readonly #polls = new Map<string, { ballots: number; answers: Map<string, number> }>()

  /** @param options.threshold 0 to 1; 1: nothing is ever in quarantine. */
  constructor({ threshold }: { threshold: number }) {
    this.#threshold = threshold
  }

  /** Whether this ballot goes to quarantine. */
  check(poll: string, { address, issuer }: { address: string; issuer: string }, sighting: Sighting): boolean {
    if (this.#threshold >= 1) return false
    const name = `${poll} ${networkOf(address)} ${issuer}`
    const cohort = this.#cohorts.get(name) ?? newCohort(sighting)
    this.#cohorts.set(name, cohort)
    sight(cohort, sighting)
    return suspicionOf(cohort, { typical: this.#typical(poll, sighting.answer) }) > this.#threshold
  }

  /** The share of the poll's favourite answer so far. Answers that are not choices, such as points, are as many as viewers make. */
  #typical(name: string, answer: string): number {
    const poll = this.#polls.get(name) ?? { ballots: 0, answers: new Map<string, number>() }
    this.#polls.set(name, poll)
    poll.ballots++
    if (poll.answers.has(answer) || poll.answers.size < ANSWERS_MAX) {
      poll.answers.set(answer, (poll.answers.get(answer) ?? 0) + 1)
    }
    return Math.max(...poll.answers.values()) / poll.ballots
  }
}

/** Answers of a poll that are told apart; one more is like no other. */
const ANSWERS_MAX = 64

/** The network that one operator has: IPv4 /24, IPv6 /48. */
export function networkOf(address: string): string {
  const network = networkOfV6(address, 3)
  return network.includes('.') ? network.slice(0, network.lastIndexOf('.')) : network
}
