import { addResult, blank, type Count, partsOf } from './count.ts'
import { answerText } from './leaf.ts'
import type { Answer, BallotRow } from './rows.ts'
import type { Rules } from './rules.ts'
import { Voters } from './voters.ts'

/**
 * Flags of a voter: has a ballot that is not late; has one that is not in quarantine. The bits above them hold the answer that
 * counts.
 */
const IN_TIME = 1
const UNSUSPECTED = 2
const FLAGS = 4

/** Finds each voter's last valid answer, by the ordinal in the ballot, and sums them up. */
export class Recount {
  readonly #rules: Rules
  /** Each voter's newest ordinal, flags, and the number of the answer that counts; 0: none. */
  readonly #voters = new Voters()
  /** Every distinct answer of a segment, once, with its number of voters. */
  readonly #answers: { segment: string; answer: Answer; voters: number }[] = []
  readonly #numbers = new Map<string, number>()
  #late = 0
  #quarantined = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  add(row: BallotRow): void {
    this.#voters.seek(row.voter)
    const { ordinal, state } = this.#voters
    // Which ballot came first is decided by the log alone, before any is left out.
    if (row.ordinal <= ordinal) return
    const flags = (state % FLAGS) | (row.late ? 0 : IN_TIME) | (row.quarantined ? 0 : UNSUSPECTED)
    const before = Math.floor(state / FLAGS)
    const { countLate, countQuarantined } = this.#rules
    const isLeftOut = (row.late && !countLate) || (row.quarantined && !countQuarantined)
    const counted = isLeftOut ? before : this.#numberOf(row)
    this.#voters.set(row.ordinal, counted * FLAGS + flags)
    if (before > 0) this.#answers[before - 1]!.voters--
    if (counted > 0) this.#answers[counted - 1]!.voters++
    this.#late += without(flags, IN_TIME) - (ordinal === 0 ? 0 : without(state, IN_TIME))
    this.#quarantined += without(flags, UNSUSPECTED) - (ordinal === 0 ? 0 : without(state, UNSUSPECTED))
  }

  #numberOf({ segment, choice, points }: BallotRow): number {
    const name = `${segment} ${answerText({ choice, points })}`
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#answers.push({ segment, answer: { choice, points }, voters: 0 })
      this.#numbers.set(name, number)
    }
    return number
  }

  count(): Count {
    const count = blank(this.#rules)
    for (const { segment, answer, voters } of this.#answers) {
      if (voters === 0) continue
      for (const part of partsOf(count, segment, this.#rules)) {
        part.viewers += voters
        for (const [i, id] of answer.choice.entries()) addResult(part.result, id, voters * answer.points[i]!)
      }
    }
    return count
  }

  /** Voters with nothing but late ballots, and with nothing but quarantined ones. */
  marks(): { late: number; quarantined: number } {
    return { late: this.#late, quarantined: this.#quarantined }
  }
}

const without = (flags: number, flag: number): number => ((flags & flag) === 0 ? 1 : 0)
