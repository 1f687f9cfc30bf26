import { SQL } from 'bun'
import { RoarError } from '../../protocol/errors.ts'
import type { OnUnreadable } from '../sql/document.ts'
import { checkMigrated, migrate } from '../sql/migrations.ts'
import { sqlStore } from '../sql/store-sql.ts'
import { boundedStore } from '../store/bounded-store.ts'
import { eachCall, type StoreCall } from '../store/each-call.ts'
import { isOutage } from '../store/outage.ts'
import type { Store } from '../store/store.ts'
import { within } from '../within.ts'
import { certainCommits } from './certain-commits.ts'
import { type Hold, type Holders, holdDatabase } from './hold.ts'
import { isLost } from './lost.ts'
import { checkServer } from './suitable.ts'

/** How long the first questions may take, and creating tables. */
const CHECK_MS = 10_000
const OPEN_MS = 30_000
/** Sign-in, unknown database, no schema, no privilege: somebody has to put it right. */
const WRONG = /^(28|3D|3F|42)/
/** How often a call is repeated when its connection is lost: after a server's restart each old connection may be lost. */
const TRIES_MAX = 6

/** Who will use the database, and who is told that another process has it; a guest takes no lock and leaves the tables unchanged. */
export type Holding = { holders: Holders; onTaken: (cause: Error) => void } | 'guest'

/**
 * The store in PostgreSQL; every call has a time limit: see `boundedStore`. What a lost connection had not committed is repeated
 * on another one.
 * @param holding Default: nobody else uses it. See `holdDatabase`. @param onUnreadable Is told of rows that are passed over.
 * @throws when the database cannot be opened, is held by another process, or, for a guest, has tables of another version;
 * RoarError store_unavailable if the server is unreachable, starting or read-only
 */
export async function openPostgresStore(
  url: string,
  holding?: Holding,
  onUnreadable: OnUnreadable = () => {},
): Promise<Store> {
  const prepare = (sql: SQL) => (holding === 'guest' ? checkMigrated : migrate)(sql, { sqlite: false })
  const open = async (): Promise<Hold | undefined> => {
    await within(CHECK_MS, checkServer(url), () => unanswered(CHECK_MS))
    // A running program must not find its tables changed: the lock is taken before they are touched.
    if (typeof holding === 'object') return holdDatabase(url, { ...holding, prepare })
    await once(url, prepare)
    return undefined
  }
  const hold = await open().catch((cause) => Promise.reject(unavailable(cause, url) ?? cause))
  const connect = () =>
    eachCall(
      sqlStore(certainCommits(new SQL({ url, max: 4 })), { sqlite: false, onUnreadable }),
      untilAnswered,
    )
  const store = boundedStore(connect(), { connect })
  return hold === undefined ? store : held(store, hold)
}

/** Runs something in a session of its own. */
async function once(url: string, work: (sql: SQL) => Promise<void>): Promise<void> {
  const sql = new SQL({ url, max: 1 })
  try {
    await within(OPEN_MS, work(sql), () => unanswered(OPEN_MS))
  } finally {
    await sql.close({ timeout: 0 })
  }
}

const unanswered = (ms: number) =>
  new RoarError('store_unavailable', `the store did not answer within ${ms / 1000} s`)

/** The outage that made opening fail; undefined: it is none, or somebody has to put it right. */
function unavailable(cause: unknown, url: string): RoarError | undefined {
  if (!isOutage(cause) || WRONG.test((cause as SQL.PostgresError).errno ?? '')) return undefined
  // The client's own "Failed to connect" does not say where.
  const { hostname, port } = new URL(url)
  const at = `${hostname || 'localhost'}:${port || 5432}`
  return new RoarError('store_unavailable', `PostgreSQL at ${at}: ${(cause as Error).message}`, { cause })
}

async function untilAnswered(_: StoreCall, call: () => Promise<unknown>): Promise<unknown> {
  for (let tried = 1; ; tried++) {
    try {
      return await call()
    } catch (cause) {
      if (!isLost(cause) || tried === TRIES_MAX) throw cause
    }
  }
}

/** A store that refuses every call while this process does not hold the database. */
const held = (store: Store, hold: Hold): Store => ({
  ...eachCall(store, async (_, call) => {
    const why = hold.whyNot()
    if (why !== undefined) throw new RoarError('store_unavailable', `the store failed: ${why}`)
    return call()
  }),
  close: () => store.close().finally(hold.release),
})
