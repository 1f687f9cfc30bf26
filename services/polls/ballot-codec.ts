import type { Ballot } from '../../protocol/polls.ts'
import { ballots } from '../../protocol/records/ballots.ts'

/**
 * This process's last two batches, by their bytes: reading them here a moment later needs no parsing. No more of them, as whatever
 * outlives a collection of the young costs the garbage collector far more than what does not.
 */
let written = new Map<Uint8Array, Ballot>()
let writtenBefore = written

/** The values of records that are appended together. */
export function encodeBallots(batch: Ballot[]): Uint8Array[] {
  writtenBefore = written
  written = new Map()
  return batch.map((ballot) => {
    const { value } = ballots.encode(ballot)
    written.set(value, ballot)
    return value
  })
}

/** The value of one record. */
export const encodeBallot = (ballot: Ballot): Uint8Array => encodeBallots([ballot])[0]!

/** The ballot, or why the record is invalid. */
export const decodeBallot = (value: Uint8Array): Ballot | string =>
  written.get(value) ?? writtenBefore.get(value) ?? ballots.decode(value)
