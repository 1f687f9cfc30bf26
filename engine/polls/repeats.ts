import type { Ballot, BallotPlace } from '../../protocol/polls.ts'

/** Tells the records that a log has twice: a producer's sequences grow within a partition, what does not is a repeat. */
export class Repeats {
  readonly #newest = new Map<string, number>()

  /** Of the next record, in the order of the log. */
  has({ producer, sequence }: Pick<Ballot, 'producer' | 'sequence'>, { partition }: BallotPlace): boolean {
    const name = `${partition}/${producer}`
    if (sequence <= (this.#newest.get(name) ?? -1)) return true
    this.#newest.set(name, sequence)
    return false
  }
}
