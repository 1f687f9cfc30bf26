import type { BallotPlace } from '../../protocol/polls.ts'
import { PollVoters } from './poll-voters.ts'
import type { VoterColumns } from './voter-frames.ts'
import { parseVoter, type VoterTable, WORDS } from './voter-table.ts'

/** The place of each voter's newest ballot that counts, for every poll. */
export class KnownVoters {
  readonly #polls = new Map<string, PollVoters>()
  readonly #max: number
  readonly #key = new Uint32Array(WORDS)
  #size = 0

  /** @param max Voters that are remembered, over all polls; further ones are not. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= this.#max
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
    this.#remember(table, parseVoter(voter, this.#key), 0, ordinal, partition, offset)
  }

  /** Remembers many at once, of a log with one partition. */
  rememberRows(poll: string, { firsts, words, ordinals, offsets }: VoterColumns): void {
    const { tables } = this.#of(poll)
    for (let row = 0; row < ordinals.length; row++)
      this.#remember(tables[firsts[row]!]!, words, row * WORDS, ordinals[row]!, 0, offsets[row]!)
  }

  #remember(
    table: VoterTable,
    words: Uint32Array,
    at: number,
    ordinal: number,
    partition: number,
    offset: number,
  ): void {
    const slot = table.claimWords(words, at)
    const known = table.ordinal(slot)
    if (known === 0) {
      if (this.isFull) return
      this.#size++
    } else if (known > ordinal) return
    else if (known === ordinal && table.offset(slot) <= offset) return
    table.set(slot, ordinal, partition, offset)
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
