import { closeSync, openSync } from 'node:fs'
import { SQL } from 'bun'
import type { Cell } from '../../protocol/cell.ts'
import {
  type Count,
  type CountsState,
  HISTORY_STEP_MS,
  type HistoryCount,
  type SegmentMood,
} from '../../protocol/counts.ts'
import { migrate } from './migrations.ts'
import { sqlPollStore } from './polls-sql.ts'
import { sqlShowStore } from './shows-sql.ts'
import type { HistoryRange, Store } from './store.ts'

/**
 * A store in SQLite (`sqlite:FILE`) or PostgreSQL (`postgres://…`). In SQLite a commit survives the end of the process
 * (WAL, `synchronous=NORMAL`), and of polls and keys the end of the machine; what else must survive it is in the log.
 * @throws when the database can not be opened.
 */
export async function openSqlStore(url: string): Promise<Store> {
  // It holds keys: readable by its owner alone, also where the folder is not.
  if (url.startsWith('sqlite:')) closeSync(openSync(url.slice('sqlite:'.length), 'a', 0o600))
  const sql = new SQL(
    url.startsWith('sqlite:') ? { adapter: 'sqlite', filename: url.slice(7) } : { url, max: 4 },
  )
  if (url.startsWith('sqlite:')) {
    await sql.unsafe('PRAGMA journal_mode = WAL')
    await sql.unsafe('PRAGMA synchronous = NORMAL')
    await sql.unsafe('PRAGMA busy_timeout = 5000')
  }
  await migrate(sql, { sqlite: url.startsWith('sqlite:') })
  return sqlStore(sql, { sqlite: url.startsWith('sqlite:') })
}

function sqlStore(sql: SQL, { sqlite }: { sqlite: boolean }): Store {
  return {
    polls: sqlPollStore(sql, { sqlite }),
    ...sqlShowStore(sql),
    counts: (show) => readCounts(sql, show),
    async takeTerm() {
      const [row]: { term: number }[] = await sql`INSERT INTO terms (writes, term) VALUES ('counts', 1)
        ON CONFLICT (writes) DO UPDATE SET term = terms.term + 1 RETURNING term`
      return Number(row!.term)
    },
    async term() {
      const [row]: { term: number }[] = await sql`SELECT term FROM terms WHERE writes = 'counts'`
      return Number(row?.term ?? 0)
    },
    saveCounts: (show, changes, term) =>
      sql.begin(async (transaction) => {
        // The row is locked until the end of the transaction, so a term can not end in the middle of a write.
        const held: unknown[] = await transaction`UPDATE terms SET term = term
          WHERE writes = 'counts' AND term = ${term} RETURNING term`
        if (held.length === 0) return false
        await writeCounts(transaction, show, changes)
        return true
      }),
    history: (show, range) => readHistory(sql, show, range),
    close: () => sql.close(),
  }
}

async function readCounts(sql: SQL, show: string): Promise<CountsState> {
  const [reach]: { cells_from: number }[] = await sql`SELECT cells_from FROM reach WHERE show_id = ${show}`
  const cellsFrom = Number(reach?.cells_from ?? 0)
  const totals: (Count & { n: number })[] =
    await sql`SELECT segment, sticker, n FROM totals WHERE show_id = ${show}`
  const history: HistoryRow[] = await sql`SELECT step_at, segment, sticker, n FROM history
    WHERE show_id = ${show} AND step_at > ${cellsFrom - HISTORY_STEP_MS}`
  const cells: { cell: string }[] = await sql`SELECT cell FROM cells WHERE show_id = ${show}`
  const moods: { segment: string; packet: string }[] =
    await sql`SELECT segment, packet FROM moods WHERE show_id = ${show}`
  return {
    totals: totals.map(({ segment, sticker, n }) => ({ segment, sticker, count: Number(n) })),
    history: history.map(historyCount),
    cells: cells.map(({ cell }) => JSON.parse(cell) as Cell),
    cellsFrom,
    moods: moods.map(({ segment, packet }): SegmentMood => ({ segment, packet: JSON.parse(packet) })),
  }
}

async function writeCounts(sql: SQL, show: string, changes: CountsState): Promise<void> {
  const totals = changes.totals.map(({ count, ...key }) => ({ show_id: show, ...key, n: count }))
  if (totals.length > 0) {
    await sql`INSERT INTO totals ${sql(totals)} ON CONFLICT (show_id, segment, sticker) DO UPDATE SET n = excluded.n`
  }
  const steps = changes.history.map(({ at, count, ...key }) => ({
    show_id: show,
    step_at: at,
    ...key,
    n: count,
  }))
  if (steps.length > 0) {
    await sql`INSERT INTO history ${sql(steps)}
      ON CONFLICT (show_id, step_at, segment, sticker) DO UPDATE SET n = excluded.n`
  }
  const cells = changes.cells.map((cell) => ({
    show_id: show,
    window_at: cell.window,
    segment: cell.segment,
    sticker: cell.sticker,
    cell: JSON.stringify(cell),
  }))
  if (cells.length > 0) {
    await sql`INSERT INTO cells ${sql(cells)}
      ON CONFLICT (show_id, window_at, segment, sticker) DO UPDATE SET cell = excluded.cell`
  }
  const moods = changes.moods.map(({ segment, packet }) => ({
    show_id: show,
    segment,
    packet: JSON.stringify(packet),
  }))
  if (moods.length > 0) {
    await sql`INSERT INTO moods ${sql(moods)} ON CONFLICT (show_id, segment) DO UPDATE SET packet = excluded.packet`
  }
  const reach = { show_id: show, cells_from: changes.cellsFrom }
  await sql`INSERT INTO reach ${sql(reach)} ON CONFLICT (show_id) DO UPDATE SET cells_from = excluded.cells_from`
  await sql`DELETE FROM cells WHERE show_id = ${show} AND window_at < ${changes.cellsFrom}`
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
  const { from, to, stepMs, segment } = range
  const ofSegment = segment === undefined ? sql`` : sql`AND segment = ${segment}`
  const rows: HistoryRow[] =
    await sql`SELECT step_at - step_at % ${stepMs} AS step_at, ${segment ?? ''} AS segment,
      sticker, SUM(n) AS n FROM history
    WHERE show_id = ${show} AND step_at >= ${from} AND step_at < ${to} ${ofSegment}
    GROUP BY 1, sticker ORDER BY 1, sticker`
  return rows.map(historyCount)
}
