import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../clock/clock-manual.ts'
import { SqliteLog } from './log-sqlite.ts'
import { openSqliteStore } from './store-sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'roar-gone-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const [file, elsewhere] = [join(folder, 'a.db'), join(folder, 'b.db')]

/** The log is tried again when the clock says so, and is up once it was written. */
async function backUp(log: SqliteLog, clock: ManualClock): Promise<void> {
  const isUp = new Promise<void>((resolve) => log.onState((state) => state === 'up' && resolve()))
  clock.advance(1000)
  await isUp
}

const GONE = `${file} was moved, deleted or replaced`

test('a log whose file was moved, or is another by now, confirms nothing, and goes on once it is back', async () => {
  const clock = new ManualClock(1)
  const log = new SqliteLog(file, { clock })
  const append = () => log.append('ballots', [{ key: 'ann', value: new Uint8Array([1]) }])
  await append()
  renameSync(file, elsewhere)
  await expect(append()).rejects.toThrow(GONE)
  copyFileSync(elsewhere, file)
  clock.advance(1000)
  await expect(append()).rejects.toThrow('cannot be written')
  renameSync(elsewhere, file)
  await backUp(log, clock)
  expect((await append())[0]!.offset).toBe(1)
  await log.close()
  rmSync(file)
})

test('a WAL that was taken for a left-over is missed as the file is: it has what was committed last', async () => {
  const clock = new ManualClock(1)
  const log = new SqliteLog(file, { clock })
  const append = () => log.append('ballots', [{ key: 'ann', value: new Uint8Array([1]) }])
  await append()
  await append()
  renameSync(`${file}-wal`, elsewhere)
  await expect(append()).rejects.toThrow(`${file}-wal was moved, deleted or replaced`)
  renameSync(elsewhere, `${file}-wal`)
  await backUp(log, clock)
  expect((await append())[0]!.offset).toBe(2)
  await log.close()
  rmSync(file)
})

test('so does a store, which can be closed all the same', async () => {
  const store = await openSqliteStore(file)
  renameSync(file, elsewhere)
  await expect(store.shows()).rejects.toThrow(GONE)
  await expect(store.polls.all()).rejects.toMatchObject({ code: 'store_unavailable' })
  renameSync(elsewhere, file)
  expect(await store.shows()).toEqual([])
  renameSync(file, elsewhere)
  await store.close()
})
