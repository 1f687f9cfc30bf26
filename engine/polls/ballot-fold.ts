import { type Answer, type Ballot, type Mark, markOf, type TallyCell } from '../../protocol/polls.ts'
import { PollVoters } from './poll-voters.ts'

type Count = Pick<TallyCell, 'segment' | 'choice' | 'mark' | 'count'>

/**
 * Folds one poll's ballots in log order: it computes both the number on the screen and the certified one.
 *
 * Of ballots with one (voter, ordinal) the first counts: it adds its answer and subtracts the one that it replaces. Where no
 * change is allowed every ballot has ordinal 1, so the first answer counts; else the last one does. The order of different voters
 * does not matter, because each ballot names what it replaces.
 */
export class BallotFold {
  readonly #voters = new PollVoters()
  readonly #counts = new Map<string, Count>()
  readonly #changed = new Set<Count>()

  /** Returns false for a ballot that counts nothing: a repeat, or one after another with the same ordinal. */
  add(ballot: Ballot): boolean {
    const voters = this.#voters.tableOf(ballot.voter)
    const slot = voters.claim(ballot.voter)
    // A voter's ordinals come in order: each is assigned after the one before was durable, and they share a partition.
    if (ballot.ordinal <= voters.ordinal(slot)) return false
    voters.set(slot, ballot.ordinal)
    const mark = markOf(ballot)
    this.#apply(ballot.segment, ballot, mark, 1)
    if (ballot.replaces !== undefined) this.#apply(ballot.replaces.segment, ballot.replaces, mark, -1)
    return true
  }

  #apply(segment: string, { choice, points }: Answer, mark: Mark, sign: 1 | -1): void {
    this.#count(segment, '', mark, sign)
    for (let i = 0; i < choice.length; i++) this.#count(segment, choice[i]!, mark, sign * points[i]!)
  }

  #count(segment: string, choice: string, mark: Mark, delta: number): void {
    const key = `${segment}/${choice}/${mark}`
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { segment, choice, mark, count: 0 }
      this.#counts.set(key, count)
    }
    count.count += delta
    this.#changed.add(count)
  }

  /** Viewers who have voted, in the result or not. */
  get voters(): number {
    return this.#voters.size
  }

  /** The counts that changed since the last call, absolute. */
  takeChanged(): Count[] {
    const changed = [...this.#changed].map((count) => ({ ...count }))
    this.#changed.clear()
    return changed
  }
}
