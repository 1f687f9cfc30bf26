import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { holdDatabase } from '../../adapters/postgres/hold.ts'
import { openPostgresStore } from '../../adapters/postgres/store-postgres.ts'
import { MIGRATIONS, migrate } from '../../adapters/sql/migrations.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { ROAR, spawnRoar, urlOf } from '../roar-process.ts'
import { until } from '../until.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { type Postgres, postgresFolder, startPostgres } from './postgres.ts'

let postgres: Postgres
let databases = 0

/** A store as opened by `roar up`, or by a role of a cluster. `taken` resolves with the reason when this process has lost it. */
async function open(url: string, holders: 'one process' | 'a cluster') {
  const { promise: taken, resolve } = Promise.withResolvers<string>()
  const store = await openPostgresStore(url, { holders, onTaken: ({ message }) => resolve(message) })
  return { store, taken }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (cause) => (cause as Error).message,
  )

/** Ends the sessions that hold the database, as an operator or a restarting server may. */
async function endSessions(url: string): Promise<void> {
  const admin = new SQL({ url, max: 1 })
  await admin`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`
  await admin.close()
}

describe.skipIf(!needs('postgres', postgresFolder() !== undefined))('one PostgreSQL', () => {
  /** Waits for a PostgreSQL in vain, for half a minute: beside all other tests. */
  let forgotten: ReturnType<typeof startAt>
  const folder = temporaryFolder()
  beforeAll(async () => {
    forgotten = startAt('postgres://roar@127.0.0.1:1/roar', folder.path)
    postgres = await startPostgres()
  }, HANG_MS)
  afterAll(async () => {
    forgotten?.kill('SIGKILL')
    await forgotten?.exited
    folder.remove()
    await postgres?.close()
  })
  const database = () => postgres.database(`held_${++databases}`)
  const startAt = (store: string, data: string) =>
    Bun.spawn([ROAR, 'up', '--port', '0', '--data', data, '--store', store], {
      stdout: 'pipe',
      stderr: 'pipe',
    })

  test('is had by one roar up at a time: the second says who has it, and ends with 2; one that is killed lets go', async () => {
    const url = await database()
    using one = temporaryFolder()
    using two = temporaryFolder()
    const first = await spawnRoar('--data', one.path, '--store', url)
    const second = Bun.spawn([ROAR, 'up', '--port', '0', '--data', two.path, '--store', url], {
      stdout: 'ignore',
      stderr: 'pipe',
    })
    const said = await new Response(second.stderr).text()
    expect(await second.exited).toBe(2)
    const who = `by roar up, process ${first.process.pid} on [^,]+, in session \\d+ of the server since \\d{4}-\\S+Z`
    expect(said).toMatch(new RegExp(`^roar: store: cannot be opened: it is in use ${who}\\n$`))
    first.process.kill('SIGKILL')
    await first.process.exited
    const next = await spawnRoar('--data', two.path, '--store', url)
    next.process.kill('SIGTERM')
    expect(await next.process.exited).toBe(0)
  })

  test('is waited for at a start, which says so: machines start everything at once', async () => {
    const url = await database()
    using data = temporaryFolder()
    const network = await cuttingProxy(Number(new URL(url).port))
    network.down()
    const early = startAt(url.replace(/:\d+\//, `:${network.port}/`), data.path)
    const errors = early.stderr.getReader()
    let said = ''
    while (!said.includes('the database system is starting up')) {
      const { done, value } = await errors.read()
      if (done) throw new Error(`it ended without waiting: ${said}`)
      said += new TextDecoder().decode(value)
    }
    network.up()
    expect(await urlOf(early.stdout)).toStartWith('http')
    early.kill('SIGTERM')
    expect(await early.exited).toBe(0)
    network.close()
  })

  test('keeps the tables of the program that has it: a newer one changes them once it has it, and a command beside it never', async () => {
    const url = await database()
    using data = temporaryFolder()
    const sql = new SQL({ url, max: 1 })
    await migrate(sql, { sqlite: false, migrations: MIGRATIONS.slice(0, -1) })
    const versions = async () => [...(await sql`SELECT MAX(version)::int AS version FROM schema_versions`)]
    const older = await holdDatabase(url, { holders: 'one process', onTaken() {} })
    const start = async (...argv: string[]) => {
      const child = Bun.spawn([ROAR, ...argv, '--data', data.path, '--store', url], {
        stdout: 'ignore',
        stderr: 'pipe',
      })
      return { said: await new Response(child.stderr).text(), code: await child.exited }
    }
    const of = MIGRATIONS.length - 1
    const second = await start('up', '--port', '0')
    expect([second.code, second.said]).toEqual([2, expect.stringContaining('it is in use by roar up')])
    const link = await start('token', 'owner-link')
    expect([link.code, link.said]).toEqual([2, expect.stringContaining(`the store has version ${of}`)])
    expect(await versions()).toEqual([{ version: of }])
    await older.release()
    const next = await spawnRoar('--data', data.path, '--store', url)
    expect(await versions()).toEqual([{ version: MIGRATIONS.length }])
    expect(await start('token', 'owner-link')).toEqual({ code: 0, said: '' })
    next.process.kill('SIGTERM')
    expect(await next.process.exited).toBe(0)
    await sql.close()
  })

  test('is had by the roles of a cluster together, and by no roar up beside them', async () => {
    const url = await database()
    const studio = await open(url, 'a cluster')
    const deliver = await open(url, 'a cluster')
    expect(await refusal(open(url, 'one process'))).toContain("by a cluster's role, process")
    await studio.store.close()
    await deliver.store.close()
    const up = await open(url, 'one process')
    expect(await refusal(open(url, 'a cluster'))).toContain('by roar up, process')
    await up.store.close()
  })

  test('is had again by whoever loses its session and finds that nobody had it meanwhile', async () => {
    const url = await database()
    const { store } = await open(url, 'one process')
    for (let time = 0; time < 3; time++) {
      await endSessions(url)
      expect(await until(() => store.takeTerm().catch(() => 0))).toBe(time + 1)
    }
    await store.close()
  })

  test('is another one where an older copy has taken its place: whoever had it stops and says so', async () => {
    const url = await database()
    const { store, taken } = await open(url, 'one process')
    const admin = new SQL({ url, max: 1 })
    await admin`DELETE FROM terms WHERE writes = 'holder'`
    await admin.close()
    await endSessions(url)
    expect(await taken).toBe('it is as it was before this process had it: an older copy has taken its place')
    await store.close()
  })

  test('takes nothing from a process that is cut off once another has it, whatever that one does later', async () => {
    const url = await database()
    const network = await cuttingProxy(Number(new URL(url).port))
    const through = url.replace(/:\d+\//, `:${network.port}/`)
    const { store, taken } = await open(through, 'one process')
    expect(await store.takeTerm()).toBe(1)
    network.down()
    const other = await open(url, 'one process')
    expect(await other.store.takeTerm()).toBe(2)
    await other.store.close()
    network.up()
    expect(await taken).toContain('which had it while this one was cut off')
    expect(await refusal(store.takeTerm())).toContain('lost its hold on the database')
    await store.close()
    const look = await openPostgresStore(url)
    expect(await look.term()).toBe(2)
    await look.close()
    network.close()
  })

  test('that is not there at a start is waited for, which is said, and not for ever: it ends with 1', async () => {
    expect(await forgotten.exited).toBe(1)
    const lines = (await new Response(forgotten.stderr).text()).trim().split('\n')
    expect(lines).toEqual([
      expect.stringContaining('store is waiting: '),
      expect.stringMatching(/^roar: store: [^\n]+$/),
    ])
  })
})
