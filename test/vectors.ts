import { readdirSync, readFileSync } from 'node:fs'
import type { Cell } from '../protocol/cell.ts'
import type { Ballot, TallyCell } from '../protocol/polls.ts'
import type { Slice } from '../protocol/slice.ts'

/**
 * One golden vector of `protocol/vectors/`: records in the order and at the times the log took them, and the cells that
 * every aggregation must give in the end. `text` stands for a record that is not a slice; `faults` are the reasons given
 * for those, in their order.
 */
export interface CellVector {
  name: string
  windowMs: number
  records: ({ timestampMs: number } & ({ slice: Slice } | { text: string }))[]
  /** In the order of show, window, segment, sticker. */
  cells: Omit<Cell, 'version'>[]
  faults?: string[]
}

/**
 * One golden vector of `protocol/vectors/polls/`: ballots in the order of the log, and the tallies that every fold must
 * give in the end. `text` stands for a record that is no ballot; `faults` are the reasons given for those, in their order.
 */
export interface TallyVector {
  name: string
  records: { timestampMs: number; key: string | null; ballot?: Ballot; text?: string }[]
  /** In the order of show, poll, segment, choice, mark. */
  cells: Omit<TallyCell, 'version'>[]
  faults?: string[]
}

export const cellVectors = (): CellVector[] => readAll('protocol/vectors')
export const tallyVectors = (): TallyVector[] => readAll('protocol/vectors/polls')

function readAll<Vector>(path: string): Vector[] {
  const folder = `${import.meta.dir}/../${path}`
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))
}

/** A record's value, as it is in the log. */
export const textOf = (record: CellVector['records'][number]): string =>
  'slice' in record ? JSON.stringify(record.slice) : record.text
