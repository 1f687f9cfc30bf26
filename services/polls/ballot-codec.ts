import { RecentMap } from '../../engine/recent-map.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { ballots } from '../../protocol/records/ballots.ts'

/** What this process wrote last, by its bytes: who reads it here again, a moment later, need not parse it. */
const written = new RecentMap<Uint8Array, Ballot>(4096)

/** The record's value. */
export function encodeBallot(ballot: Ballot): Uint8Array {
  const { value } = ballots.encode(ballot)
  written.set(value, ballot)
  return value
}

/** The ballot, or the reason why the record is none. */
export const decodeBallot = (value: Uint8Array): Ballot | string =>
  written.get(value) ?? ballots.decode(value)
