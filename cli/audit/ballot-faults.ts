import type { BallotRow } from './rows.ts'
import type { Rules } from './rules.ts'

/** Why a ballot should not be in the log, or not in this form; undefined when nothing is wrong. */
export function faultOf(row: BallotRow, rules: Rules): string | undefined {
  const { opens, closes = Number.POSITIVE_INFINITY, graceMs, reveals, revealed = reveals } = rules
  if (opens === undefined || row.at < opens) return 'came before the poll opened'
  if (row.at >= closes + graceMs) return 'came after the poll closed'
  if (row.at >= closes && revealed !== undefined && row.at >= revealed)
    return 'came after the counts were revealed'
  // A changed vote keeps the mark of the answer that it replaces.
  if (row.at >= closes !== row.late && !(row.late && row.ordinal > 1))
    return row.late ? 'is marked late and came in time' : 'came late and is not marked so'
  if (row.ordinal > 1 && !rules.change) return 'is a change, and the poll allows none'
  const sum = row.points.reduce((total, n) => total + n, 0)
  const given = rules.kind === 'points' ? sum : row.choice.length
  const isAnswer =
    row.choice.length === row.points.length &&
    new Set(row.choice).size === row.choice.length &&
    row.choice.every((id) => rules.choices.some(({ choice }) => choice === id)) &&
    row.points.every((n) => Number.isSafeInteger(n) && n > 0 && (n === 1 || rules.kind === 'points')) &&
    given > 0 &&
    given <= rules.max
  return isAnswer ? undefined : 'is no answer to this poll'
}

/**
 * A vote reaches the log within 5 s of its arrival, or is refused, and the log confirms within 10 s. A Kafka broker that hung may
 * append later what nobody waits for any more.
 */
const ON_THE_WAY_MS = { embedded: 15_000, cluster: 120_000 }
/** A server whose clock differs more from the log's accepts no votes. */
const SKEW_MS = 1_000

/** A ballot's arrival time is only the server's claim; the log's own clock bounds it. */
export function timeFault(
  { at }: BallotRow,
  timestampMs: number | undefined,
  embedded: boolean,
): string | undefined {
  const waited = timestampMs === undefined ? 0 : timestampMs - at
  if (waited < -SKEW_MS) return `says that it was received ${-waited} ms after the log had it`
  const most = ON_THE_WAY_MS[embedded ? 'embedded' : 'cluster'] + SKEW_MS
  return waited > most ? `says that it was received ${waited} ms before the log had it` : undefined
}
