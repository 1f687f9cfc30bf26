/*
 * Parses the log's records for the audit: written again from docs/data.md, without any code of Roar. A record that this refuses
 * and the live path counts, or the reverse, is a finding.
 */

import { objectIn } from './canonical.ts'

export interface Answer {
  choice: string[]
  points: number[]
}

/** A record of the topic `ballots`. */
export interface BallotRow extends Answer {
  show: string
  poll: string
  producer: string
  sequence: number
  batch: number
  size: number
  ballot: string
  voter: string
  segment: string
  at: number
  late: boolean
  quarantined: boolean
  ordinal: number
  salt: string
  markSalt: string
  replaces?: (Answer & { ballot: string; segment: string }) | null
}

/** A record of the topic `tallies`. */
export interface CellRow {
  show: string
  poll: string
  segment: string
  choice: string
  mark: string
  count: number
  version: number
}

/** A record of the topic `cuts`. */
interface CutRow {
  ends: number[]
}

const PARTITIONS_MAX = 1024
const BYTES_MAX = 4 * 1024 * 1024
const BRACKETS_MAX = 512
const CHOICES_MAX = 64
const POINTS_MAX = 1000
const ORDINAL_MAX = 2 ** 31 - 1

const id = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,31}$/.test(value)
const idOrNone = (value: unknown): boolean => value === '' || id(value)
const name = (value: unknown, least: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= 64 && !/[^A-Za-z0-9_-]/.test(value)
const whole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least
const flag = (value: unknown): boolean => value === true || value === false

/** Parses a ballot; undefined if the record is none. */
export function ballotIn(bytes: Uint8Array): BallotRow | undefined {
  const text = plainText(bytes)
  const row = text === undefined ? undefined : (recordIn(text) as Partial<BallotRow> | undefined)
  if (row === undefined) return undefined
  const { ordinal, replaces, voter } = row
  const isBallot =
    [row.show, row.poll].every(id) &&
    [row.producer, row.ballot].every((value) => name(value, 1)) &&
    [row.salt, row.markSalt].every((value) => name(value, 0)) &&
    name(voter, 22) &&
    voter!.length === 22 &&
    [row.sequence, row.batch, row.at].every((value) => whole(value, 0)) &&
    [row.size, ordinal].every((value) => whole(value, 1)) &&
    ordinal! <= ORDINAL_MAX &&
    [row.late, row.quarantined].every(flag) &&
    idOrNone(row.segment) &&
    isAnswer(row) &&
    (ordinal! > 1 ? isBefore(replaces) : (replaces ?? undefined) === undefined)
  return isBallot ? (row as BallotRow) : undefined
}

function isAnswer({ choice, points }: Partial<Answer>): boolean {
  return (
    Array.isArray(choice) &&
    Array.isArray(points) &&
    choice.length >= 1 &&
    choice.length <= CHOICES_MAX &&
    choice.length === points.length &&
    choice.every(id) &&
    choice.every((one, i) => choice.indexOf(one) === i) &&
    points.every((n) => whole(n, 1) && n <= POINTS_MAX)
  )
}

function isBefore(replaces: BallotRow['replaces']): boolean {
  if (typeof replaces !== 'object' || replaces === null) return false
  return name(replaces.ballot, 1) && idOrNone(replaces.segment) && isAnswer(replaces)
}

/** Parses a cell; undefined if the record is none. */
export function cellIn(bytes: Uint8Array): CellRow | undefined {
  const text = textIn(bytes)
  const cell = text === undefined ? undefined : (recordIn(text) as Partial<CellRow> | undefined)
  if (cell === undefined) return undefined
  const isCell =
    [cell.show, cell.poll].every(id) &&
    [cell.segment, cell.choice].every(idOrNone) &&
    ['', 'late', 'quarantined', 'late quarantined'].includes(cell.mark as string) &&
    whole(cell.count, Number.MIN_SAFE_INTEGER) &&
    whole(cell.version, 0)
  return isCell ? (cell as CellRow) : undefined
}

/** Parses a cut; undefined if the record is none. */
export function cutIn(bytes: Uint8Array): CutRow | undefined {
  const text = textIn(bytes)
  const row = text === undefined ? undefined : (recordIn(text) as Partial<CutRow> | undefined)
  if (row === undefined || !Array.isArray(row.ends)) return undefined
  const isCut =
    row.ends.length >= 1 && row.ends.length <= PARTITIONS_MAX && row.ends.every((end) => whole(end, 0))
  return isCut ? (row as CutRow) : undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength > BYTES_MAX) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    // Not UTF-8: the caller reports its place.
    return undefined
  }
}

/** Rejects what JSON parsers read differently: deep nesting, long numbers, escaped surrogates. */
function plainText(bytes: Uint8Array): string | undefined {
  const text = textIn(bytes)
  if (text === undefined || /\\u[dD][89abAB]|\\u[dD][c-fC-F]|\d{300}/.test(text)) return undefined
  return bracketsIn(text) > BRACKETS_MAX ? undefined : text
}

/** 0 for a text too short to have too many. */
function bracketsIn(text: string): number {
  if (text.length <= BRACKETS_MAX) return 0
  let brackets = 0
  for (const bracket of '[{')
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) brackets++
  return brackets
}

/** A record of a version that is known. */
function recordIn(text: string): object | undefined {
  const record = objectIn(text)
  return record !== undefined && [1, null, undefined].includes(record.v as 1) ? record : undefined
}
