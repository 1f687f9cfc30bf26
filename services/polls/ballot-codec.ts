import { parseBallot } from '../../engine/polls/parse-ballot.ts'
import type { Ballot } from '../../protocol/polls.ts'

/** Ballots that this process has written, by their bytes: who reads them here again need not parse them. */
const written = new WeakMap<Uint8Array, Ballot>()
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
