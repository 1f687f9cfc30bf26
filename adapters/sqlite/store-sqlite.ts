import { closeSync, openSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { SQL } from 'bun'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable } from '../../protocol/errors.ts'
import { checkMigrated, migrate } from '../sql/migrations.ts'
import { sqlStore } from '../sql/store-sql.ts'
import { boundedStore } from '../store/bounded-store.ts'
import { eachCall } from '../store/each-call.ts'
import type { Store } from '../store/store.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { stillThere } from './still-there.ts'
import { WalCopier } from './wal-copier.ts'

/** Chunks of leaves after which the WAL is checkpointed: some 550 pages, of the 1000 at which a commit would do it. */
const CHUNKS_PER_COPY = 60
const BUSY_MS = 3_000
/** How soon a call tries again. */
const BUSY: Backoff = { firstMs: 10, maxMs: 100 }

/**
 * The store in a file; every call has a time limit: see `boundedStore`. A commit survives the end of the process (WAL,
 * `synchronous=NORMAL`), and for polls and keys the end of the machine; everything else that must survive it is in the log.
 * @param options.isGuest Whether another process may be using it: then its tables stay unchanged. Default false.
 * @param options.busyMs How long a call waits for another program to let the file go, in milliseconds. Default 3 s.
 * @throws when the file cannot be opened, or, for a guest, has tables of another version
 */
export async function openSqliteStore(
  filename: string,
  { isGuest = false, busyMs = BUSY_MS } = {},
): Promise<Store> {
  // It holds keys: readable by its owner alone, even if the folder is open to others.
  closeSync(openSync(filename, 'a', 0o600))
  // As a URL: in a plain name the runtime reads `?` and `file:` as parts of a URI, and opens another file.
  const sql = new SQL({ adapter: 'sqlite', filename: pathToFileURL(filename) })
  // First: another process that opens or closes the file at this moment holds its lock for the statements below.
  await sql.unsafe('PRAGMA busy_timeout = 5000')
  await sql.unsafe('PRAGMA journal_mode = WAL')
  await sql.unsafe('PRAGMA synchronous = NORMAL')
  // A killed process may have left deleted data there.
  await sql.unsafe('PRAGMA wal_checkpoint(TRUNCATE)')
  await (isGuest ? checkMigrated : migrate)(sql, { sqlite: true })
  // A wait within SQLite would stop the whole process, which serves from here on.
  await sql.unsafe('PRAGMA busy_timeout = 0')
  const store = eachCall(copied(sqlStore(sql, { sqlite: true }), new WalCopier(filename)), untilFree(busyMs))
  return boundedStore(oneAtATime(store, { refusal: stillThere(filename) }))
}

/**
 * Repeats a call while another program has the file locked; nothing of it was written. Once a call has waited in vain, each call
 * tries only once for as long as that took: calls are made in turn, and if each waited, their queue would grow without a bound.
 */
function untilFree(busyMs: number) {
  let noWaitUntilMs = 0
  return async (_: string, call: () => Promise<unknown>): Promise<unknown> => {
    const untilMs = performance.now() + busyMs
    for (let failures = 1; ; failures++) {
      try {
        return await call()
      } catch (cause) {
        const now = performance.now()
        if (!isBusy(cause) || now < noWaitUntilMs) throw cause
        if (now > untilMs) {
          noWaitUntilMs = now + busyMs
          throw cause
        }
        await Bun.sleep(backoffMs(failures, BUSY, Math.random))
      }
    }
  }
}

/** A key whose bytes are still in the file, because it is being read, says so itself. */
const isBusy = (cause: unknown): boolean =>
  cause instanceof SQL.SQLiteError ? /^SQLITE_BUSY/.test(cause.code) : isRetryable(cause)

/** A store whose leaves, millions for a large poll, never block the event loop until the disk has them. */
function copied(store: Store, copier: WalCopier): Store {
  let chunksWritten = 0
  return {
    ...store,
    polls: {
      ...store.polls,
      async saveLeaves(show, poll, chunks) {
        await store.polls.saveLeaves(show, poll, chunks)
        chunksWritten += chunks.length
        if (chunksWritten < CHUNKS_PER_COPY) return
        chunksWritten = 0
        await copier.copy()
      },
    },
    close() {
      copier.close()
      return store.close()
    },
  }
}
