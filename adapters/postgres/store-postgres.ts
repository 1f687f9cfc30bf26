import { SQL } from 'bun'
import { migrate } from '../sql/migrations.ts'
import { sqlStore } from '../sql/store-sql.ts'
import { boundedStore } from '../store/bounded-store.ts'
import type { Store } from '../store/store.ts'
import { within } from '../within.ts'

/** How long a database may take to let us in and make its tables. */
const OPEN_MS = 30_000

/**
 * The store in PostgreSQL, whose every call has a limit: see `boundedStore`.
 * @throws when the database cannot be opened, or does not answer within 30 s
 */
export async function openPostgresStore(url: string): Promise<Store> {
  const connect = () => sqlStore(new SQL({ url, max: 4 }), { sqlite: false })
  const first = new SQL({ url, max: 1 })
  try {
    await within(OPEN_MS, migrate(first, { sqlite: false }))
  } finally {
    await first.close({ timeout: 0 })
  }
  return boundedStore(connect(), { connect })
}
