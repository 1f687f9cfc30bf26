import { Database } from 'bun:sqlite'
import { type AuditSource, type LogRow, ROWS_AT_ONCE } from './source.ts'
import { openTables } from './tables.ts'

interface TableRow {
  place: number
  at: number
  name: string | null
  value: Uint8Array
}

/** Reads the files of a data folder, which may be in use. @throws when they cannot be opened */
export function openFiles(options: { log: string; store: string }): AuditSource & { close(): Promise<void> } {
  const log = new Database(options.log, { readonly: true })
  const tables = openTables(`sqlite:${options.store}`)
  const endOf = (table: string): number | null =>
    log.query<{ end: number | null }, []>(`SELECT max(place) + 1 AS end FROM ${table}`).get()!.end
  return {
    ...tables,
    embedded: true,
    async *rows(topic) {
      const table = `log_${topic}`
      if (log.query('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) === null) return
      // A tally's record goes once there is a newer one of its cell: that one has to be read, however far on it is.
      const end = topic === 'tallies' ? Number.MAX_SAFE_INTEGER : endOf(table)
      // Not one statement for all: while it reads, the writer's WAL could not be emptied.
      const read = log.query<TableRow, [number, number | null]>(
        `SELECT place, at, name, value FROM ${table} WHERE place >= ? AND place < ? ORDER BY place LIMIT ${ROWS_AT_ONCE}`,
      )
      for (let next = 0; ; ) {
        const rows = read.all(next, end)
        if (rows.length === 0) return
        next = rows.at(-1)!.place + 1
        yield rows.map(
          ({ place, at, name, value }): LogRow => ({
            partition: 0,
            offset: place,
            key: name,
            value,
            timestampMs: at,
          }),
        )
      }
    },
    async close() {
      log.close()
      await tables.close()
    },
  }
}
