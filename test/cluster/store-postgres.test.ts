import { afterAll, beforeAll, describe } from 'bun:test'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { storeContract } from '../../adapters/store/store.contract.ts'
import { needs } from '../needs.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

let postgres: Postgres
let databases = 0

describe.skipIf(!needs('postgres', postgresFolder() !== undefined))('a real PostgreSQL', () => {
  beforeAll(async () => {
    postgres = await startPostgres()
  }, 120_000)
  afterAll(() => postgres?.close())

  storeContract('in PostgreSQL', async ({ after }) => {
    const url = await postgres.database(`roar_${++databases}`)
    const open = async () => {
      const store = await openPostgresStore(url)
      after(() => store.close())
      return store
    }
    return { store: await open(), reopen: open }
  })
})
