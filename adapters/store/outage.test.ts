import { afterAll, expect, test } from 'bun:test'
import { SQL } from 'bun'
import { temporaryFolder } from '../../test/embedded.ts'
import { isOutage } from './outage.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (cause: unknown) => cause,
  )

test('a store that is full, held by others or not there is an outage; a mistake of ours is none', async () => {
  const filename = `${folder.path}/store.db`
  const sql = new SQL({ adapter: 'sqlite', filename })
  const other = new SQL({ adapter: 'sqlite', filename })
  await sql`CREATE TABLE kept (name TEXT PRIMARY KEY)`
  await other.unsafe('BEGIN IMMEDIATE')
  expect(isOutage(await failure(sql`INSERT INTO kept VALUES ('a')`))).toBe(true)
  await other.unsafe('ROLLBACK')
  // A file that may not grow any more is what a full disk is to SQLite.
  await sql.unsafe('PRAGMA max_page_count = 1')
  expect(isOutage(await failure(sql`INSERT INTO kept VALUES (${'a'.repeat(100_000)})`))).toBe(true)
  await sql`INSERT INTO kept VALUES ('b')`
  expect(isOutage(await failure(sql`INSERT INTO kept VALUES ('b')`))).toBe(false)
  expect(isOutage(await failure(sql`INSERT INTO nowhere VALUES ('b')`))).toBe(false)
  const away = new SQL({ url: 'postgres://nobody@127.0.0.1:1/none', max: 1 })
  expect(isOutage(await failure(away`SELECT 1`))).toBe(true)
  expect(isOutage(new Error('connection reset'))).toBe(false)
  for (const [code, outage] of [
    ['53100', true],
    ['57P03', true],
    ['28P01', true],
    ['25006', true],
    ['25P03', true],
    ['25P04', true],
    ['3F000', true],
    ['42P01', true],
    ['3D000', true],
    ['42501', true],
    ['23505', false],
    ['42703', false],
  ] as const) {
    const cause = new SQL.PostgresError('said by the server', {
      code: 'ERR_POSTGRES_SERVER_ERROR',
      errno: code,
    } as never)
    expect([code, isOutage(cause)]).toEqual([code, outage])
  }
  await Promise.all([sql.close(), other.close()])
})
