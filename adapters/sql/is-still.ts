import type { SQL } from 'bun'

/**
 * Whether a table's row may be replaced by a document based on its version `replaces`; 0: it was based on no row. A row written
 * by a program without versions has 0, until it is written again: such a program and this one cannot change the polls of one
 * store concurrently.
 */
export const isStill = (sql: SQL, table: string, replaces: number) =>
  sql`${replaces} > 0 AND ${sql(table)}.version IN (${replaces}, 0)`
