import type { SQL } from 'bun'
import {
  type Count,
  type CountsState,
  HISTORY_STEP_MS,
  type HistoryCount,
  type SegmentMood,
} from '../../protocol/counts.ts'
import { DELAY_MS_MAX } from '../../protocol/limits.ts'
import { filedAs, filedBefore } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import { begunMoods } from '../store/begun-moods.ts'
import type { CountsReached, HistoryRange, Store } from '../store/store.ts'
import { documentIn, type OnUnreadable } from './document.ts'
import { sqlPeopleStore } from './people-sql.ts'
import { sqlPollStore } from './polls-sql.ts'
import { sqlShowStore } from './shows-sql.ts'
import { CELLS, MOODS } from './tables.ts'
import { sqlWebhookStore } from './webhooks-sql.ts'

/** Rows of one statement: PostgreSQL allows 65,535 values in it, SQLite fewer. */
const ROWS_MAX = 1000
/** The store in an SQL database with its tables created. @param options.sqlite False: PostgreSQL. */
export function sqlStore(
  sql: SQL,
  { sqlite, onUnreadable }: { sqlite: boolean; onUnreadable: OnUnreadable },
): Store {
  return {
    polls: sqlPollStore(sql, { sqlite, onUnreadable }),
    people: sqlPeopleStore(sql, onUnreadable),
    webhooks: sqlWebhookStore(sql, onUnreadable),
    ...sqlShowStore(sql, onUnreadable),
    counts: (show) => readCounts(sql, show),
    async takeTerm() {
      const [row]: { term: number }[] = await sql`INSERT INTO terms (writes, term) VALUES ('counts', 1)
        ON CONFLICT (writes) DO UPDATE SET term = terms.term + 1 RETURNING term`
      return Number(row!.term)
    },
    async probe() {
      await sql`INSERT INTO terms (writes, term) VALUES ('probe', 1)
        ON CONFLICT (writes) DO UPDATE SET term = 1 - terms.term`
    },
    async term() {
      const [row]: { term: number }[] = await sql`SELECT term FROM terms WHERE writes = 'counts'`
      return Number(row?.term ?? 0)
    },
    saveCounts: (show, changes, term, place) =>
      underTerm(sql, term, place && isReached(sql, place.before), async (transaction) => {
        await writeCounts(transaction, show, changes)
        if (place?.after !== undefined && place.after !== place.before)
          await writeReached(transaction, place.after)
      }),
    async countsReached() {
      const [row]: { next_at: number; last: string }[] =
        await sql`SELECT next_at, last FROM log_ends WHERE topic = 'counts'`
      return row && { topicId: row.last, next: Number(row.next_at) }
    },
    beginRun: (show, term) =>
      underTerm(sql, term, undefined, (transaction) => deleteBefore(transaction, show)),
    history: (show, range) => readHistory(sql, show, range),
    close: () => sql.close({ timeout: 0 }),
  }
}

/**
 * Writes counts in one transaction.
 * @param condition A further condition. @returns false, without writing, if it does not hold, or the term is over
 */
const underTerm = (
  sql: SQL,
  term: number,
  condition: SQL.Query<unknown> = sql`TRUE`,
  write: (transaction: SQL) => Promise<void>,
): Promise<boolean> =>
  sql.begin(async (transaction) => {
    // Locks the row until the end of the transaction, so a term cannot end in the middle of a write.
    const held: unknown[] = await transaction`UPDATE terms SET term = term
      WHERE writes = 'counts' AND term = ${term} AND ${condition} RETURNING term`
    if (held.length === 0) return false
    await write(transaction)
    return true
  })

async function deleteBefore(transaction: SQL, show: Pick<Show, 'show' | 'run'>): Promise<void> {
  const before = filedBefore(show)
  if (before.length === 0) return
  const filed = filedAs(show)
  const wiped = await readMoods(transaction, before)
  if (wiped.length > 0)
    await writeMoods(transaction, filed, begunMoods(wiped, await readMoods(transaction, [filed])))
  for (const table of ['totals', 'history', 'shifts', 'cells', 'moods', 'reach'])
    await transaction`DELETE FROM ${transaction(table)} WHERE show_id IN ${transaction(before)}`
}

async function readCounts(sql: SQL, show: string): Promise<CountsState> {
  const [reach]: { cells_from: number }[] = await sql`SELECT cells_from FROM reach WHERE show_id = ${show}`
  const cellsFrom = Number(reach?.cells_from ?? 0)
  const totals: (Count & { n: number })[] =
    await sql`SELECT segment, sticker, n FROM totals WHERE show_id = ${show}`
  const history: HistoryRow[] = await sql`SELECT step_at, segment, sticker, n FROM history
    WHERE show_id = ${show} AND step_at > ${cellsFrom - HISTORY_STEP_MS}`
  const shifts: HistoryRow[] = await sql`SELECT step_at, segment, sticker, n FROM shifts
    WHERE show_id = ${show} AND step_at > ${cellsFrom - HISTORY_STEP_MS - DELAY_MS_MAX}`
  const cells: { cell: string }[] = await sql`SELECT cell FROM cells WHERE show_id = ${show}`
  const moods = await readMoods(sql, [show])
  return {
    totals: totals.map(({ segment, sticker, n }) => ({ segment, sticker, count: Number(n) })),
    history: history.map(historyCount),
    shifts: shifts.map(historyCount),
    cells: cells.map(({ cell }) => documentIn(cell, CELLS, show)),
    cellsFrom,
    moods,
  }
}

async function readMoods(sql: SQL, shows: readonly string[]): Promise<SegmentMood[]> {
  const moods: { show_id: string; segment: string; packet: string }[] =
    await sql`SELECT show_id, segment, packet FROM moods WHERE show_id IN ${sql(shows)}`
  return moods.map(({ show_id, segment, packet }) => ({
    segment,
    packet: documentIn(packet, MOODS, show_id),
  }))
}

async function writeMoods(sql: SQL, show: string, moods: readonly SegmentMood[]): Promise<void> {
  const rows = moods.map(({ segment, packet }) => ({
    show_id: show,
    segment,
    packet: JSON.stringify(packet),
  }))
  for (const some of inParts(rows)) {
    await sql`INSERT INTO moods ${sql(some)} ON CONFLICT (show_id, segment) DO UPDATE SET packet = excluded.packet`
  }
}

async function writeCounts(sql: SQL, show: string, changes: CountsState): Promise<void> {
  const totals = changes.totals.map(({ count, ...key }) => ({ show_id: show, ...key, n: count }))
  for (const rows of inParts(totals)) {
    await sql`INSERT INTO totals ${sql(rows)} ON CONFLICT (show_id, segment, sticker) DO UPDATE SET n = excluded.n`
  }
  for (const table of ['history', 'shifts'] as const) {
    const steps = changes[table].map(({ at, count, ...key }) => ({
      show_id: show,
      step_at: at,
      ...key,
      n: count,
    }))
    for (const rows of inParts(steps)) {
      await sql`INSERT INTO ${sql(table)} ${sql(rows)}
        ON CONFLICT (show_id, step_at, segment, sticker) DO UPDATE SET n = excluded.n`
    }
  }
  const cells = changes.cells.map((cell) => ({
    show_id: show,
    window_at: cell.window,
    segment: cell.segment,
    sticker: cell.sticker,
    cell: JSON.stringify(cell),
  }))
  for (const rows of inParts(cells)) {
    await sql`INSERT INTO cells ${sql(rows)}
      ON CONFLICT (show_id, window_at, segment, sticker) DO UPDATE SET cell = excluded.cell`
  }
  await writeMoods(sql, show, changes.moods)
  const reach = { show_id: show, cells_from: changes.cellsFrom }
  await sql`INSERT INTO reach ${sql(reach)} ON CONFLICT (show_id) DO UPDATE SET cells_from = excluded.cells_from`
  await sql`DELETE FROM cells WHERE show_id = ${show} AND window_at < ${changes.cellsFrom}`
}

const isReached = (sql: SQL, place: CountsReached | undefined): SQL.Query<unknown> =>
  place === undefined
    ? sql`NOT EXISTS (SELECT 1 FROM log_ends WHERE topic = 'counts')`
    : sql`EXISTS (SELECT 1 FROM log_ends WHERE topic = 'counts' AND next_at = ${place.next} AND last = ${place.topicId})`

const writeReached = (sql: SQL, { topicId, next }: CountsReached): Promise<unknown> =>
  sql`INSERT INTO log_ends ${sql({ topic: 'counts', next_at: next, last: topicId })}
    ON CONFLICT (topic) DO UPDATE SET next_at = excluded.next_at, last = excluded.last`

function* inParts<Row>(rows: Row[]): Generator<Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_MAX) yield rows.slice(from, from + ROWS_MAX)
}

interface HistoryRow {
  step_at: number
  segment: string
  sticker: string
  n: number
}

const historyCount = ({ step_at, segment, sticker, n }: HistoryRow): HistoryCount => ({
  at: Number(step_at),
  segment,
  sticker,
  count: Number(n),
})

async function readHistory(sql: SQL, show: string, range: HistoryRange): Promise<HistoryCount[]> {
  const { from, to, stepMs, segment, bySegment, clock } = range
  const ofSegment = segment === undefined ? sql`` : sql`AND segment = ${segment}`
  const name = bySegment ? sql`segment` : sql`${segment ?? ''}`
  const steps =
    clock === 'programme'
      ? sql`(SELECT * FROM history UNION ALL SELECT * FROM shifts) AS steps`
      : sql`history`
  const rows: HistoryRow[] = await sql`SELECT step_at - step_at % ${stepMs} AS step_at, ${name} AS segment,
      sticker, SUM(n) AS n FROM ${steps}
    WHERE show_id = ${show} AND step_at >= ${from} AND step_at < ${to} ${ofSegment}
    GROUP BY 1, ${bySegment ? sql`segment,` : sql``} sticker HAVING SUM(n) <> 0
    ORDER BY 1, ${bySegment ? sql`segment,` : sql``} sticker`
  return rows.map(historyCount)
}
