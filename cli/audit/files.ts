import { Database } from 'bun:sqlite'
import type { AuditSource, LogRow } from './source.ts'
import { openTables } from './tables.ts'

/** Reads the files of a data folder, which may be in use. @throws when they cannot be opened */
export function openFiles(options: { log: string; store: string }): AuditSource & { close(): Promise<void> } {
  const log = new Database(options.log, { readonly: true })
  const tables = openTables(`sqlite:${options.store}`)
  return {
    ...tables,
    embedded: true,
    async *rows(topic) {
      const table = `log_${topic}`
      if (log.query('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) === null) return
      for (const { place, at, name, value } of log
        .query<{ place: number; at: number; name: string; value: Uint8Array }, []>(
          `SELECT place, at, name, value FROM ${table} ORDER BY place`,
        )
        .iterate())
        yield { partition: 0, offset: place, key: name, value, timestampMs: at } satisfies LogRow
    },
    async close() {
      log.close()
      await tables.close()
    },
  }
}
