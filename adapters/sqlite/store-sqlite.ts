import { closeSync, openSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { SQL } from 'bun'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import type { OnUnreadable } from '../sql/document.ts'
import { checkMigrated, migrate } from '../sql/migrations.ts'
import { sqlStore } from '../sql/store-sql.ts'
import { boundedStore, limitMsOf } from '../store/bounded-store.ts'
import { eachCall, type StoreCall } from '../store/each-call.ts'
import { READS } from '../store/reads.ts'
import type { Store } from '../store/store.ts'
import { turns } from '../turns.ts'
import { within } from '../within.ts'
import { FileThread, ThreadDied } from './file-thread.ts'
import { stillThere } from './still-there.ts'
import { resultOf, type StoreAnswer } from './store-answer.ts'
import { STORE_THREAD } from './thread-code.ts'

/** Writes that wait, with the one in progress: one more is refused. One takes milliseconds, so this is seconds. */
const WRITES_MAX = 1_000
/** How long the end waits for them. */
const CLOSE_MS = 5_000
const BUSY_MS = 3_000
/** How soon a call tries again. */
const BUSY: Backoff = { firstMs: 10, maxMs: 100 }

/**
 * The store in a file; every call has a time limit: see `boundedStore`. A commit survives the end of the process and, but for
 * counts and what is made again from the log, of the machine (see `store-thread.ts`).
 *
 * ```
 * read ──▶ this thread's connection, read-only
 * write ─▶ waiting ─▶ one at a time ─▶ the thread ─▶ answered, once committed
 *             └─ too many, for too long, or the file is no longer at its path: refused
 * ```
 *
 * Writes go one after another because a connection has one transaction, and a write beside it would become part of it: a rollback
 * would lose it after its caller was told that it is stored.
 * @param options.isGuest Whether another process may be using it: then its tables stay unchanged. Default false.
 * @param options.busyMs How long a call waits for another program to let the file go, in milliseconds. Default 3 s.
 * @param options.onUnreadable Is told of rows that are passed over.
 * @throws when the file cannot be opened, or, for a guest, has tables of another version
 */
export async function openSqliteStore(
  filename: string,
  {
    isGuest = false,
    busyMs = BUSY_MS,
    onUnreadable = () => {},
  }: { isGuest?: boolean; busyMs?: number; onUnreadable?: OnUnreadable } = {},
): Promise<Store> {
  // It holds keys: readable by its owner alone, even if the folder is open to others.
  closeSync(openSync(filename, 'a', 0o600))
  // As a URL: in a plain name the runtime reads `?` and `file:` as parts of a URI, and opens another file.
  const url = pathToFileURL(filename)
  const sql = new SQL({ adapter: 'sqlite', filename: url })
  try {
    // First: another process that opens or closes the file at this moment holds its lock for the statements below.
    await sql.unsafe('PRAGMA busy_timeout = 5000')
    await sql.unsafe('PRAGMA journal_mode = WAL')
    await sql.unsafe('PRAGMA synchronous = NORMAL')
    // A killed process may have left deleted data there.
    await sql.unsafe('PRAGMA wal_checkpoint(TRUNCATE)')
    await (isGuest ? checkMigrated : migrate)(sql, { sqlite: true })
    // A wait within SQLite would stop the whole process, which serves from here on.
    await sql.unsafe('PRAGMA busy_timeout = 0')
    // From now on only the thread writes.
    await sql.unsafe('PRAGMA query_only = ON')
  } catch (cause) {
    await sql.close({ timeout: 0 })
    throw cause
  }
  const thread = new FileThread<StoreCall, StoreAnswer>(STORE_THREAD, url.href)
  return boundedStore(
    writtenBy(thread, sqlStore(sql, { sqlite: true, onUnreadable }), {
      refusal: stillThere(filename),
      ...{ busyMs, onUnreadable },
    }),
  )
}

const failed = (why: string, cause?: unknown): RoarError =>
  new RoarError('store_unavailable', `the store failed: ${why}`, { cause })

/** @param options.refusal Checked before each call: why it cannot be made; undefined: it can. */
function writtenBy(
  thread: FileThread<StoreCall, StoreAnswer>,
  reading: Store,
  {
    refusal,
    busyMs,
    onUnreadable,
  }: { refusal: () => string | undefined; busyMs: number; onUnreadable: OnUnreadable },
): Store {
  const inTurn = turns()
  const [freeToRead, freeToWrite] = [untilFree(busyMs), untilFree(busyMs)]
  let writes = 0

  async function made<T>(call: () => Promise<T>): Promise<T> {
    const why = refusal()
    if (why !== undefined) throw failed(why)
    return call()
  }

  async function write(call: StoreCall): Promise<unknown> {
    if (writes === WRITES_MAX) throw failed('too many writes are waiting for the disk')
    writes++
    const sinceMs = performance.now()
    const now = () => freeToWrite(async () => resultOf(await thread.ask(call), onUnreadable))
    try {
      return await inTurn(() => {
        // Its caller was told that it is not made, and may want something else by now.
        if (performance.now() - sinceMs > limitMsOf(call)) throw failed('the disk was busy for too long')
        return made(now)
      })
    } catch (cause) {
      throw cause instanceof ThreadDied ? failed(cause.message, cause) : cause
    } finally {
      writes--
    }
  }

  return {
    ...eachCall(reading, (call, read) => (READS.has(call.name) ? made(() => freeToRead(read)) : write(call))),
    async close() {
      await within(
        CLOSE_MS,
        inTurn(() => {}),
      ).catch(() => {})
      // Before the thread's connection, which is then the last: it checkpoints and removes the WAL.
      await reading.close()
      await thread.close()
    },
  }
}

/**
 * Repeats a call while another program has the file locked; nothing of it was written. Once a call has waited in vain, each call
 * tries only once for as long as that took: writes are made in turn, and if each waited, so would all behind it.
 */
function untilFree(busyMs: number) {
  let noWaitUntilMs = 0
  return async <T>(call: () => Promise<T>): Promise<T> => {
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
