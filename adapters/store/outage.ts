import { SQL } from 'bun'

/** SQLite's result codes (sqlite.org/rescode.html) that say that the file cannot be read or written now. */
const SQLITE_OUTAGES =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/
/**
 * PostgreSQL's classes of SQLSTATE (appendix A of its manual): connection, sign-in, rollback by the server, resources,
 * locks, operator, system, and a server that only reads.
 */
const POSTGRES_OUTAGES = /^(08|28|40|53|55|57|58|XX)|^25006$/
/** What the runtime's client says itself, before or in the place of the server. */
const CLIENT_OUTAGES = /CONNECTION|TIMEOUT/

/** Whether a store failed because it cannot be reached or cannot write now: the same call may succeed later. */
export function isOutage(cause: unknown): boolean {
  if (cause instanceof SQL.SQLiteError) return SQLITE_OUTAGES.test(cause.code)
  if (cause instanceof SQL.PostgresError)
    return POSTGRES_OUTAGES.test(cause.errno ?? '') || CLIENT_OUTAGES.test(cause.code)
  return false
}
