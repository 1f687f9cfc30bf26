import { afterAll, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { temporaryFolder } from '../../test/embedded.ts'
import { checkMigrated, MIGRATIONS, migrate } from './migrations.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const open = (name: string) => new SQL({ adapter: 'sqlite', filename: `${folder.path}/${name}.db` })
const versionOf = async (sql: SQL): Promise<number> => {
  const [row]: { version: number }[] = await sql`SELECT MAX(version) AS version FROM schema_versions`
  return row!.version
}

test('a store that is older than versions is brought up to date with its data', async () => {
  const sql = open('old')
  await sql.unsafe('CREATE TABLE shows (show_id TEXT PRIMARY KEY, document TEXT NOT NULL)')
  await sql`INSERT INTO shows VALUES ('final', '{"version":7}')`
  await migrate(sql, { sqlite: true })
  expect(await versionOf(sql)).toBe(MIGRATIONS.length)
  expect([...(await sql`SELECT show_id, document FROM shows`)]).toEqual([
    { show_id: 'final', document: '{"version":7}' },
  ])
  await migrate(sql, { sqlite: true })
  await sql.close()
})

test('a step that fails leaves the version before it whole, and the next start goes on from there', async () => {
  const sql = open('half')
  const broken = [['CREATE TABLE one (a TEXT)'], ['CREATE TABLE two (a TEXT)', 'NO SUCH STATEMENT']]
  expect(migrate(sql, { sqlite: true, migrations: broken })).rejects.toThrow()
  await migrate(sql, { sqlite: true, migrations: broken }).catch(() => {})
  expect(await versionOf(sql)).toBe(1)
  expect([...(await sql`SELECT name FROM sqlite_master WHERE name = 'two'`)]).toEqual([])
  await migrate(sql, { sqlite: true, migrations: [broken[0]!, ['CREATE TABLE two (a TEXT)']] })
  expect(await versionOf(sql)).toBe(2)
  await sql.close()
})

test('a store of a newer program is refused in a sentence', async () => {
  const sql = open('newer')
  const newer = [...MIGRATIONS, ['CREATE TABLE later (a TEXT)']]
  await migrate(sql, { sqlite: true, migrations: newer })
  const refused = migrate(sql, { sqlite: true })
  expect(refused).rejects.toThrow(
    `the store has version ${newer.length} and this program knows ${MIGRATIONS.length}: start a newer one`,
  )
  await refused.catch(() => {})
  await sql.close()
})

test('a guest leaves tables as they are, and says where they are not its own', async () => {
  const sql = open('guest')
  const check = () => checkMigrated(sql, { sqlite: true })
  const needs = (version: number) => `the store has version ${version} and this program needs`
  await expect(check()).rejects.toThrow(needs(0))
  expect([...(await sql`SELECT name FROM sqlite_master`)]).toEqual([])
  await migrate(sql, { sqlite: true, migrations: MIGRATIONS.slice(0, -1) })
  await expect(check()).rejects.toThrow(needs(MIGRATIONS.length - 1))
  expect(await versionOf(sql)).toBe(MIGRATIONS.length - 1)
  await migrate(sql, { sqlite: true })
  await check()
  await migrate(sql, { sqlite: true, migrations: [...MIGRATIONS, ['CREATE TABLE later (a TEXT)']] })
  await expect(check()).rejects.toThrow('start a newer one')
  await sql.close()
})
