import { SQL } from 'bun'

/** SQLite's result codes (sqlite.org/rescode.html) for a file that cannot be read or written now. */
const SQLITE_OUTAGES =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/
/**
 * PostgreSQL's SQLSTATE classes (appendix A of its manual): connection, sign-in, unknown database, rollback by the server,
 * resources, locks, operator, system; a read-only server, an idle transaction that it ended, and a revoked privilege.
 */
const POSTGRES_OUTAGES = /^(08|28|3D|40|53|55|57|58|XX)|^(25006|25P03|42501)$/
/** Errors of the runtime's client itself. */
const CLIENT_OUTAGES = /CONNECTION|TIMEOUT/

/** Whether a store failed because it is unreachable or cannot write now: the same call may succeed later. */
export function isOutage(cause: unknown): boolean {
  if (cause instanceof SQL.SQLiteError) return SQLITE_OUTAGES.test(cause.code)
  if (cause instanceof SQL.PostgresError)
    return POSTGRES_OUTAGES.test(cause.errno ?? '') || CLIENT_OUTAGES.test(cause.code)
  return false
}
