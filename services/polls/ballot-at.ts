import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Ballot, BallotPlace } from '../../protocol/polls.ts'
import { sha256 } from '../sha256.ts'
import { decodeBallot } from './ballot-codec.ts'

/**
 * The record of the topic `ballots` at exactly this place; undefined if there is none (any more).
 * @throws RoarError log_unavailable
 */
export async function ballotAt(
  log: Pick<Log, 'read'>,
  place: BallotPlace,
): Promise<StoredRecord | undefined> {
  const [record] = await log.read('ballots', place, 1)
  return record?.offset === place.offset ? record : undefined
}

/** Identifies a record by its hash: records contain random parts. */
export const recordId = (value: Uint8Array): string => sha256(value).toBase64()

/** A ballot, and its place. */
export interface Placed {
  ballot: Ballot
  place: BallotPlace
}

/** Records per read: where other polls' ballots lie between, most of them are unused. */
const READ_RECORDS = 256

/**
 * The ballots at places, in the same order.
 * @param places Those of a partition in the order of their offsets
 * @throws RoarError log_unavailable, also where one is gone
 */
export async function ballotsAt(log: Pick<Log, 'read'>, places: readonly BallotPlace[]): Promise<Placed[]> {
  const found = new Map<string, Ballot>()
  for (const [partition, wanted] of Map.groupBy(places, (place) => place.partition)) {
    const end = wanted.at(-1)!.offset + 1
    for (let next = 0; next < wanted.length; ) {
      const { offset } = wanted[next]!
      const records = await log.read('ballots', { partition, offset }, Math.min(end - offset, READ_RECORDS))
      const reached = records.at(-1)?.offset ?? offset
      const values = new Map(records.map((record) => [record.offset, record.value]))
      // Continue from the next wanted one: those between belong to other polls.
      for (; next < wanted.length && wanted[next]!.offset <= reached; next++) {
        const value = values.get(wanted[next]!.offset)
        const ballot = value === undefined ? '' : decodeBallot(value)
        if (typeof ballot !== 'string') found.set(nameOf(wanted[next]!), ballot)
      }
    }
  }
  return places.map((place) => {
    const ballot = found.get(nameOf(place))
    if (ballot === undefined)
      throw new RoarError('log_unavailable', `the ballot at ${nameOf(place)} is missing from the log`)
    return { ballot, place }
  })
}

const nameOf = ({ partition, offset }: BallotPlace): string => `${partition}:${offset}`
