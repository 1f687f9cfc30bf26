import { SQL } from 'bun'

/** SQLite's result codes (sqlite.org/rescode.html) for a file that cannot be read or written now. */
const SQLITE_OUTAGES =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/
/**
 * PostgreSQL's SQLSTATE classes (appendix A of its manual): connection, sign-in, unknown database, rollback by the server,
 * resources, locks, operator, system; a read-only server, a transaction that it ended for its time, a revoked privilege, and
 * tables that are not found, as while a backup is restored or with another `search_path`.
 */
const POSTGRES_OUTAGES = /^(08|28|3D|3F|40|53|55|57|58|XX)|^(25006|25P0[34]|42501|42P01)$/
/** Errors of the runtime's client itself. */
const CLIENT_OUTAGES = /CONNECTION|TIMEOUT/

/** Whether the server undid a transaction in favour of another one, by a deadlock or a conflict: its session is sound. */
export const isConflict = (cause: unknown): boolean =>
  cause instanceof SQL.PostgresError && /^40/.test(cause.errno ?? '')

/** Whether a store failed because it is unreachable or cannot write now: the same call may succeed later. */
export function isOutage(cause: unknown): boolean {
  if (cause instanceof SQL.SQLiteError) return SQLITE_OUTAGES.test(cause.code)
  if (cause instanceof SQL.PostgresError)
    return POSTGRES_OUTAGES.test(cause.errno ?? '') || CLIENT_OUTAGES.test(cause.code)
  return false
}
