import { SQL } from 'bun'

/** SQLite's result codes (sqlite.org/rescode.html) that say that the file cannot be read or written now. */
const SQLITE_OUTAGES =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/
/**
 * PostgreSQL's classes of SQLSTATE (appendix A of its manual): connection, sign-in, a database of another name, rollback by the
 * server, resources, locks, operator, system; a server that only reads, a transaction that it ended, and a right that was taken.
 */
const POSTGRES_OUTAGES = /^(08|28|3D|40|53|55|57|58|XX)|^(25006|25P03|42501)$/
/** What the runtime's client says itself, before or in the place of the server. */
const CLIENT_OUTAGES = /CONNECTION|TIMEOUT/

/** Whether a store failed because it cannot be reached or cannot write now: the same call may succeed later. */
export function isOutage(cause: unknown): boolean {
  if (cause instanceof SQL.SQLiteError) return SQLITE_OUTAGES.test(cause.code)
  if (cause instanceof SQL.PostgresError)
    return POSTGRES_OUTAGES.test(cause.errno ?? '') || CLIENT_OUTAGES.test(cause.code)
  return false
}
