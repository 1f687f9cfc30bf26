import type { SQL } from 'bun'

/**
 * Whether a table's row may give way to a document that was made from version `replaces` of it; of 0 it was made where there was
 * none. A row that a program wrote which knew no versions has 0, until it is written again: such a program and this one
 * cannot change the polls of one store side by side.
 */
export const isStill = (sql: SQL, table: string, replaces: number) =>
  sql`${replaces} > 0 AND ${sql(table)}.version IN (${replaces}, 0)`
