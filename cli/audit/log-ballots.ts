import { type LogPlace, placeText } from './certified-leaves.ts'
import type { Findings } from './findings.ts'
import { type BallotRow, ballotIn } from './rows.ts'
import type { AuditSource, LogRow } from './source.ts'

export interface LogBallot extends LogPlace {
  row: BallotRow
  timestampMs: number | undefined
}

/** The poll's ballots in log order, each once, some at once, and what is wrong with the records themselves. */
export async function* ballotsOf(
  source: AuditSource,
  show: string,
  poll: string,
  findings: Findings,
): AsyncGenerator<LogBallot[]> {
  const seen = new Numbers()
  /** Batches that are still incomplete. */
  const batches = new Map<string, { found: number; size: number; place: LogPlace }>()
  const next = new Map<number, number>()
  /** Where a partition begins: Kafka drops what is old, a file keeps all. */
  const oldest = (offset: number): number => (source.embedded ? 0 : offset)

  /** The record's ballot, if it is a new one of the poll. */
  function take({ partition, offset, key, value, timestampMs }: LogRow): LogBallot | undefined {
    const place = { partition, offset }
    findings.pushEach(next.get(partition) ?? oldest(offset), offset, (missing) => {
      const at = { partition, offset: missing }
      return { what: 'dropped', ...at, detail: `the log has no record at ${placeText(at)}` }
    })
    next.set(partition, offset + 1)
    const row = ballotIn(value)
    if (row === undefined) {
      findings.push({
        what: 'unreadable',
        ...place,
        detail: `the record at ${placeText(place)} is not a ballot, and is not counted`,
      })
      return undefined
    }
    if (source.embedded) {
      const batch = `${row.producer}/${row.batch}`
      const known = batches.get(batch) ?? { found: 0, size: row.size, place }
      known.found++
      if (known.found === known.size) batches.delete(batch)
      else batches.set(batch, known)
    }
    if (row.show !== show || row.poll !== poll) return undefined
    if (key !== row.voter) {
      findings.push({
        what: 'changed',
        ballot: row.ballot,
        ...place,
        detail: 'its key differs from its voter',
      })
    }
    return seen.add(row.producer, row.sequence) ? { row, timestampMs, partition, offset } : undefined
  }

  for await (const rows of source.rows('ballots'))
    yield rows.map(take).filter((ballot) => ballot !== undefined)
  for (const { found, size, place } of batches.values()) {
    findings.push({
      what: 'differs',
      ...place,
      detail: `of the ${size} ballots that were written together from ${placeText(place)} on, ${found} are there`,
    })
  }
}

/** The sequence numbers that each producer used, one bit each, since nearly all of them are used. */
class Numbers {
  readonly #pages = new Map<string, Uint8Array>()

  /** @returns whether the number is new */
  add(producer: string, number: number): boolean {
    const name = `${producer}/${Math.floor(number / 32_768)}`
    const page = this.#pages.get(name) ?? new Uint8Array(4096)
    this.#pages.set(name, page)
    const within = number % 32_768
    const bit = 1 << (within % 8)
    if ((page[within >> 3]! & bit) !== 0) return false
    page[within >> 3]! |= bit
    return true
  }
}
