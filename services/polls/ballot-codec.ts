import { parseBallot } from '../../engine/polls/parse-ballot.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import type { Ballot } from '../../protocol/polls.ts'

/** What this process wrote last, by its bytes: who reads it here again, a moment later, need not parse it. */
const written = new RecentMap<Uint8Array, Ballot>(4096)
const bytes = new TextEncoder()
const text = new TextDecoder()

/** The record's value. */
export function encodeBallot(ballot: Ballot): Uint8Array {
  const value = bytes.encode(JSON.stringify(ballot))
  written.set(value, ballot)
  return value
}

/** The ballot, or the reason why the record is none. */
export function decodeBallot(value: Uint8Array): Ballot | string {
  const known = written.get(value)
  return known ?? parseBallot(text.decode(value))
}
