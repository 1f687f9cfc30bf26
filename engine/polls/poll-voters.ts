import { sextetOf, VoterTable } from './voter-table.ts'

/**
 * One table for each first character. Growing a table rehashes it on the event loop: with 30 million voters some 400,000 at a
 * time.
 */
const TABLES = 64

/** One poll's voters, in tables by the first character of their hash. */
export class PollVoters {
  /** By the value of their first character. */
  readonly tables: readonly VoterTable[] = Array.from({ length: TABLES }, () => new VoterTable())

  /** The table that a voter belongs to. */
  tableOf(voter: string): VoterTable {
    return this.tables[sextetOf(voter)]!
  }

  get size(): number {
    return this.tables.reduce((sum, { size }) => sum + size, 0)
  }
}
