import { RecentMap } from '../../engine/recent-map.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { ballots } from '../../protocol/records/ballots.ts'

/** This process's last records, by their bytes: reading them here a moment later needs no parsing. */
const written = new RecentMap<Uint8Array, Ballot>(4096)

/** The record's value. */
export function encodeBallot(ballot: Ballot): Uint8Array {
  const { value } = ballots.encode(ballot)
  written.set(value, ballot)
  return value
}

/** The ballot, or why the record is invalid. */
export const decodeBallot = (value: Uint8Array): Ballot | string =>
  written.get(value) ?? ballots.decode(value)
