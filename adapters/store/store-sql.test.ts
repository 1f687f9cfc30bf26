import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from './store.contract.ts'
import { openSqlStore } from './store-sql.ts'

storeContract('in SQLite', async ({ after }) => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  after(() => rmSync(folder, { recursive: true }))
  const open = async () => {
    const store = await openSqlStore(`sqlite:${join(folder, 'roar.db')}`)
    after(() => store.close())
    return store
  }
  return { store: await open(), reopen: open }
})
