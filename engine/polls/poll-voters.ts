import { VoterTable } from './voter-table.ts'

/** A table that doubles holds everybody up: of a hundred thousands not for long. */
const TABLES = 16

/** One poll's voters, in tables by the first character of their hash. */
export class PollVoters {
  readonly #tables = Array.from({ length: TABLES }, () => new VoterTable())

  /** The table in which this voter is, or belongs. */
  tableOf(voter: string): VoterTable {
    return this.#tables[voter.charCodeAt(0) % TABLES]!
  }

  get size(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0)
  }
}
