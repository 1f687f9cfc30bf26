import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { storeContract } from '../../adapters/store/store.contract.ts'
import { type Disturbance, everyWriteDisturbed } from '../../adapters/store/writes.contract.ts'
import { seededRandom } from '../../load/random.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { type Cut, cuttingProxy } from './cutting-proxy.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

/** `CUTS=all` cuts each write at every packet, which takes three minutes; otherwise each at a few, by `SEED`. */
const ALL_CUTS = process.env.CUTS === 'all'
const SEED = Number(process.env.SEED ?? 1)
const CUTS_MAX = 40

let postgres: Postgres
let databases = 0

describe.skipIf(!needs('postgres', postgresFolder() !== undefined))('a real PostgreSQL', () => {
  beforeAll(async () => {
    postgres = await startPostgres()
  }, HANG_MS)
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
  test('what a server refuses while it runs is store_unavailable, and the same call works once it is put right', async () => {
    const url = await postgres.database(`roar_${++databases}`)
    const name = `roar_${databases}`
    const admin = new SQL({ url: postgres.url, max: 1 })
    const inside = () => new SQL({ url, max: 1 })
    const within = async (statement: string) => {
      const sql = inside()
      await sql.unsafe(statement)
      await sql.close()
    }
    /** Sessions that begin hold a lock on their database, and are not in the list of activity yet. */
    const nobodyBegins = async () => {
      const beginning =
        await admin`SELECT 1 FROM pg_locks JOIN pg_database AS d ON objid = d.oid WHERE classid = 'pg_database'::regclass AND datname = ${name}`
      return beginning.length === 0
    }
    /** … and waits until they have ended, as calls to a session are answered until then. */
    const endSessions = async () => {
      await until(nobodyBegins)
      await admin`SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = ${name}`
    }
    await admin.unsafe(`CREATE ROLE app_${name} LOGIN`)
    await admin.unsafe(`ALTER DATABASE ${name} OWNER TO app_${name}`)
    await within(`GRANT ALL ON SCHEMA public TO app_${name}`)
    const store = await openPostgresStore(url.replace('roar@', `app_${name}@`))
    expect(await store.takeTerm()).toBe(1)
    /** For all sessions opened from now on. */
    const set = async (words: string) => {
      await admin.unsafe(`ALTER DATABASE ${name} ${words}`)
      await endSessions()
    }
    /** … without ending any: each keeps what it began with. */
    const reset = () => admin.unsafe(`ALTER DATABASE ${name} RESET ALL`)
    let locked: Promise<unknown> | undefined
    let unlock = () => {}
    const lock = () =>
      new Promise<void>((isLocked) => {
        const sql = inside()
        locked = sql
          .begin(async (transaction) => {
            await transaction.unsafe('LOCK TABLE terms')
            isLocked()
            await new Promise<void>((resolve) => (unlock = resolve))
          })
          .then(() => sql.close())
      })
    const faults: [what: string, begin: () => Promise<unknown>, end: () => Promise<unknown>][] = [
      ['only reads', () => set('SET default_transaction_read_only = on'), reset],
      ['looks for tables elsewhere', () => set('SET search_path = nowhere'), reset],
      [
        'has another role',
        () =>
          admin
            .unsafe(`CREATE ROLE guest_${name}; GRANT guest_${name} TO app_${name}`)
            .then(() => set(`SET role = guest_${name}`)),
        reset,
      ],
      ['has no room', () => set('CONNECTION LIMIT 0'), () => set('CONNECTION LIMIT -1')],
      [
        'is renamed',
        async () => {
          // Fails while anybody is connected, such as a vacuum.
          const rename = () => admin.unsafe(`ALTER DATABASE ${name} RENAME TO another_${name}`)
          do await endSessions()
          while ((await rename().catch(() => undefined)) === undefined)
        },
        () => admin.unsafe(`ALTER DATABASE another_${name} RENAME TO ${name}`),
      ],
      [
        'refuses a table',
        () => within(`REVOKE ALL ON terms FROM app_${name}`),
        () => within(`GRANT ALL ON terms TO app_${name}`),
      ],
      [
        'has its own limit',
        () => set("SET statement_timeout = '50ms'").then(lock),
        () => {
          unlock()
          return locked!.then(reset)
        },
      ],
    ]
    let term = 1
    for (const [what, begin, end] of faults) {
      await begin()
      const said = await store.takeTerm().catch((cause) => cause.code)
      expect({ what, said }).toEqual({ what, said: 'store_unavailable' })
      await end()
      // A connection opened meanwhile may hang until its call's limit, and a late call may have succeeded.
      const next = await until(() => store.takeTerm().catch(() => 0))
      expect(next).toBeGreaterThan(term)
      term = next
    }
    await store.close()
    await admin.close()
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
    const kinds = [true, false].flatMap((isBrief) =>
      [true, false].map((answered) => packets.map((packet) => lost({ packet, answered }, isBrief))),
    )
    const some = () => [kinds[Math.floor(random() * kinds.length)]![Math.floor(random() * 8)]!]
    const disturb = () => (ALL_CUTS ? kinds : [some(), some()])
    const disturbed = await everyWriteDisturbed({ store, sql, tables, disturb })
    expect(disturbed).toBeGreaterThan(20)
    await store.close()
    await sql.close()
    network.close()
  })
})
