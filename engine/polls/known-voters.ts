import type { BallotPlace } from '../../protocol/polls.ts'
import { PollVoters } from './poll-voters.ts'
import type { VoterColumns } from './voter-frames.ts'

/** The place of each voter's newest ballot that counts, for every poll. */
export class KnownVoters {
  readonly #polls = new Map<string, PollVoters>()
  readonly max: number
  #size = 0

  /** @param max Voters that are remembered, over all polls; further ones are not. */
  constructor(max: number) {
    this.max = max
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= this.max
  }

  /** Polls by name, with their voters. */
  polls(): IterableIterator<[string, PollVoters]> {
    return this.#polls.entries()
  }

  placeOf(poll: string, voter: string): BallotPlace | undefined {
    const table = this.#polls.get(poll)?.tableOf(voter)
    if (table === undefined) return undefined
    const slot = table.find(voter)
    return slot === -1 ? undefined : { partition: table.partition(slot), offset: table.offset(slot) }
  }

  /** The first record of an ordinal counts. A voter's records share a partition. */
  remember(poll: string, voter: string, ordinal: number, { partition, offset }: BallotPlace): void {
    const table = this.#of(poll).tableOf(voter)
    const slot = table.claim(voter)
    const known = table.ordinal(slot)
    if (known === 0) {
      if (this.isFull) return
      this.#size++
    } else if (known > ordinal) return
    else if (known === ordinal && table.offset(slot) <= offset) return
    table.set(slot, ordinal, partition, offset)
  }

  /** Remembers many at once, of a log with one partition. */
  rememberRows(poll: string, rows: VoterColumns): void {
    const { tables } = this.#of(poll)
    const { firsts } = rows
    for (let from = 0, to = 0; from < firsts.length; from = to) {
      const first = firsts[from]!
      while (to < firsts.length && firsts[to] === first) to++
      this.#size += tables[first]!.merge(rows, from, to, this.max - this.#size)
    }
  }

  /** Reserves space for a poll's voters. @param slots See `VoterTable.reserve` */
  reserve(poll: string, slots: number): void {
    for (const table of this.#of(poll).tables) table.reserve(slots)
  }

  #of(poll: string): PollVoters {
    let voters = this.#polls.get(poll)
    if (voters === undefined) {
      voters = new PollVoters()
      this.#polls.set(poll, voters)
    }
    return voters
  }

  forget(poll: string): void {
    this.#size -= this.#polls.get(poll)?.size ?? 0
    this.#polls.delete(poll)
  }

  clear(): void {
    this.#polls.clear()
    this.#size = 0
  }
}
