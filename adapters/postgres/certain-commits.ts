import type { SQL } from 'bun'
import { RoarError } from '../../protocol/errors.ts'
import { isLost } from './lost.ts'
import { DEAD_MS } from './sessions.ts'

/**
 * How long a transaction may wait for its next statement, which normally comes at once: a client that vanished then releases its
 * locks.
 */
const IDLE_MS = 15_000
/** How often, and how many times, to ask about a commit that the server is still handling. */
const ASK_MS = 50
const ASKS_MAX = 40

/**
 * A client whose transactions have a certain outcome. If a connection is lost between COMMIT and its response, the server is
 * asked by the transaction's id (`pg_xact_status`, PostgreSQL 13). If a process or the network vanishes, the server ends its
 * transaction, with the locks, within half a minute.
 * @returns a client whose `begin` rejects as usual if nothing was written, and with `store_unavailable` if the server cannot be
 * asked either
 */
export function certainCommits(sql: SQL): SQL {
  async function begin<T>(work: (transaction: SQL) => Promise<T>): Promise<T> {
    let commits: { id: string; result: T } | undefined
    try {
      return await sql.begin(async (transaction) => {
        const [{ id }]: [{ id: string }] = await transaction`SELECT pg_current_xact_id()::text AS id,
          set_config('idle_in_transaction_session_timeout', ${`${IDLE_MS}`}, true),
          set_config('tcp_user_timeout', ${`${DEAD_MS}`}, true)`
        const result = await work(transaction)
        commits = { id, result }
        return result
      })
    } catch (cause) {
      if (commits === undefined || !isLost(cause)) throw cause
      if (await isCommitted(sql, commits.id, cause)) return commits.result
      throw cause
    }
  }
  return new Proxy(sql, {
    get: (target, name) => (name === 'begin' ? begin : Reflect.get(target, name, target)),
  })
}

/** @param lost Why there was no response. @throws RoarError store_unavailable if the server does not say */
async function isCommitted(sql: SQL, id: string, lost: unknown): Promise<boolean> {
  const unknown = new RoarError(
    'store_unavailable',
    'the connection to the store was lost during a write, and whether it was written is not known',
    { cause: lost },
  )
  for (let ask = 0; ask < ASKS_MAX; ask++) {
    // A stale connection may be lost during this query, too.
    const [row]: { status: string | null }[] = await sql`SELECT pg_xact_status(${id}::xid8) AS status`.catch(
      (cause) => (isLost(cause) ? [{ status: 'in progress' }] : Promise.reject(unknown)),
    )
    // An older replica that took over does not know it: `null` or an error.
    if (row?.status !== 'in progress') return row?.status === 'committed'
    await Bun.sleep(ASK_MS)
  }
  throw unknown
}
