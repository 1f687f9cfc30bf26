import { firstCodeOf, VoterTable } from './voter-table.ts'

/** Growing a table rehashes it on the event loop: 16 shards keep each rehash short. */
const TABLES = 16

/** One poll's voters, in tables by the first character of their hash. */
export class PollVoters {
  readonly tables: readonly VoterTable[]

  /** @param options.places See `VoterTable`. */
  constructor(options: { places?: boolean } = {}) {
    this.tables = Array.from({ length: TABLES }, () => new VoterTable(options))
  }

  /** The table in which this voter is, or belongs. */
  tableOf(voter: string): VoterTable {
    return this.tables[voter.charCodeAt(0) % TABLES]!
  }

  /** The same by the first of the four words of a voter's hash. */
  tableOfWord(word: number): VoterTable {
    return this.tables[firstCodeOf(word) % TABLES]!
  }

  get size(): number {
    return this.tables.reduce((sum, { size }) => sum + size, 0)
  }
}
