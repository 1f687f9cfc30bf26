import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { storeContract } from '../../adapters/store/store.contract.ts'
import { type Disturbance, everyWriteDisturbed } from '../../adapters/store/writes.contract.ts'
import { seededRandom } from '../../load/random.ts'
import { needs } from '../needs.ts'
import { type Cut, cuttingProxy } from './cutting-proxy.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

/** `CUTS=all` cuts each write at every packet; otherwise each at a few, by `SEED`. */
const ALL_CUTS = process.env.CUTS === 'all'
const SEED = Number(process.env.SEED ?? 1)
const CUTS_MAX = 40

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
  test('a connection that is lost at any packet of any write leaves nothing half written, and nothing doubled', async () => {
    const url = await postgres.database(`roar_${++databases}`)
    const network = await cuttingProxy(Number(new URL(url).port))
    const store = await openPostgresStore(url.replace(/:\d+\//, `:${network.port}/`))
    const sql = new SQL({ url, max: 1 })
    await sql`SET synchronous_commit = off`
    const rows: { tablename: string }[] =
      await sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
    const tables = rows
      .map(({ tablename }) => tablename)
      .filter((name) => !['schema_versions', 'trail_turns'].includes(name))
    const random = seededRandom(SEED)
    const lost = (cut: Cut, isBrief: boolean): Disturbance => ({
      name: `cut ${cut.answered ? 'after the answer to' : 'before'} packet ${cut.packet}${isBrief ? '' : ', for a while'}`,
      isBrief,
      begin() {
        network.plan(cut, { stays: !isBrief })
        return () => {
          network.up()
          return network.hasCut()
        }
      },
    })
    const packets = Array.from({ length: CUTS_MAX }, (_, i) => i + 1)
    function* disturb() {
      for (const isBrief of [true, false])
        for (const answered of [true, false]) {
          const cuts = packets.map((packet) => lost({ packet, answered }, isBrief))
          yield ALL_CUTS ? cuts : [cuts[Math.floor(random() * 8)]!]
        }
    }
    const disturbed = await everyWriteDisturbed({ store, sql, tables, disturb })
    expect(disturbed).toBeGreaterThan(30)
    await store.close()
    await sql.close()
    network.close()
  }, 300_000)
})
