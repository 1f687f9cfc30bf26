import { closeSync, openSync } from 'node:fs'
import { SQL } from 'bun'
import { migrate } from '../sql/migrations.ts'
import { sqlStore } from '../sql/store-sql.ts'
import { boundedStore } from '../store/bounded-store.ts'
import type { Store } from '../store/store.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { stillThere } from './still-there.ts'

/**
 * The store in a file, whose every call has a limit: see `boundedStore`. A commit survives the end of the process (WAL,
 * `synchronous=NORMAL`), and of polls and keys the end of the machine; what else must survive it is in the log.
 * @throws when the file cannot be opened
 */
export async function openSqliteStore(filename: string): Promise<Store> {
  // It holds keys: readable by its owner alone, also where the folder is not.
  closeSync(openSync(filename, 'a', 0o600))
  const sql = new SQL({ adapter: 'sqlite', filename })
  await sql.unsafe('PRAGMA journal_mode = WAL')
  await sql.unsafe('PRAGMA synchronous = NORMAL')
  await sql.unsafe('PRAGMA busy_timeout = 5000')
  await migrate(sql, { sqlite: true })
  return boundedStore(oneAtATime(sqlStore(sql, { sqlite: true }), { refusal: stillThere(filename) }))
}
