import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import type { BallotPlace } from '../../protocol/polls.ts'
import { sha256 } from './signing-keys.ts'

/**
 * The record of the ballots log at exactly this place; undefined where there is none (any more).
 * @throws RoarError log_unavailable
 */
export async function ballotAt(
  log: Pick<Log, 'read'>,
  place: BallotPlace,
): Promise<StoredRecord | undefined> {
  const [record] = await log.read('ballots', place, 1)
  return record?.offset === place.offset ? record : undefined
}

/** By which a record is known again: it has random parts. */
export const recordId = (value: Uint8Array): string => sha256(value).toBase64()
