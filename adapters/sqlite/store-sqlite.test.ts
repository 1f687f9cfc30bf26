import { Database } from 'bun:sqlite'
import { expect, spyOn, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { HANG_MS } from '../../test/hang.ts'
import { heldFile } from '../../test/held-file.ts'
import { until } from '../../test/until.ts'
import { storeContract } from '../store/store.contract.ts'
import type { Store } from '../store/store.ts'
import { openSqliteStore } from './store-sqlite.ts'

test('a forgotten key is in no file any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqliteStore(join(folder, 'roar.db'))
  const key = crypto.getRandomValues(new Uint8Array(32))
  const found = () =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(key.toBase64()))
  await store.polls.saveVoterKey('final', 'mvp', key)
  expect(found()).not.toEqual([])
  await store.polls.forgetVoterKey('final', 'mvp')
  expect(found()).toEqual([])
  await store.probe()
  await store.close()
  // The last connection, which is the thread's, has copied the WAL and removed it.
  expect(readdirSync(folder)).toEqual(['roar.db'])
  rmSync(folder, { recursive: true })
})

storeContract('in SQLite', async ({ after }) => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  after(() => rmSync(folder, { recursive: true }))
  const open = async () => {
    const store = await openSqliteStore(join(folder, 'roar.db'))
    after(() => store.close())
    return store
  }
  return { store: await open(), reopen: open }
})

test('is opened once another process that opens it at the same moment has let it go', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const file = join(folder, 'roar.db')
  const other = await heldFile(file)
  const store = await openSqliteStore(file)
  await store.close()
  expect(await other.exited).toBe(0)
  rmSync(folder, { recursive: true })
})

/** A store, and another program that has its file open. */
async function besideAnother(
  body: (store: Store, other: Database) => Promise<void>,
  options?: Parameters<typeof openSqliteStore>[1],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const file = join(folder, 'roar.db')
  const store = await openSqliteStore(file, options)
  const other = new Database(file)
  await body(store, other)
  other.close()
  await store.close()
  rmSync(folder, { recursive: true })
}

test('a file that another program has locked, or reads while a key leaves it, is waited for by the call alone', () =>
  besideAnother(async (store, other) => {
    await store.polls.saveVoterKey('final', 'mvp', new Uint8Array(32))
    for (const [lock, call] of [
      ['BEGIN EXCLUSIVE', () => store.probe()],
      ['BEGIN EXCLUSIVE', () => store.takeTerm()],
      ['BEGIN', () => store.polls.forgetVoterKey('final', 'mvp')],
    ] as const) {
      other.run(lock)
      other.query('SELECT * FROM terms').all()
      let isDone = false
      const done = call().then(() => {
        isDone = true
      })
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
      expect(isDone).toBe(false)
      other.run('ROLLBACK')
      await done
    }
  }))

test('of the calls that a locked file keeps waiting only the first one waits in vain', () =>
  besideAnother(
    async (store, other) => {
      other.run('BEGIN EXCLUSIVE')
      const failed: string[] = []
      const first = store.probe().catch(() => failed.push('first'))
      const others = [1, 2, 3].map((n) => store.takeTerm().catch(() => failed.push(`${n}`)))
      await first
      const sleep = spyOn(Bun, 'sleep')
      await Promise.all(others)
      expect(sleep).not.toHaveBeenCalled()
      sleep.mockRestore()
      expect(failed).toEqual(['first', '1', '2', '3'])
      other.run('ROLLBACK')
      expect(await store.takeTerm()).toBe(1)
    },
    { busyMs: 2_000 },
  ))

test('while a write waits for the disk what only reads is answered, and of a thousand writes behind it one more is refused', () =>
  besideAnother(
    async (store, other) => {
      other.run('BEGIN EXCLUSIVE')
      let isOver = false
      // Given up after a while, on a machine that is busy: that is no matter here.
      const writes = Promise.allSettled(Array.from({ length: 1_000 }, () => store.probe())).finally(
        () => (isOver = true),
      )
      await expect(store.probe()).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('too many writes are waiting for the disk'),
      })
      expect(await Promise.all([store.term(), store.polls.all(), store.people.all()])).toEqual([0, [], []])
      expect(isOver).toBe(false)
      other.run('ROLLBACK')
      await writes
      await store.probe()
    },
    { busyMs: HANG_MS },
  ))

test('a write whose turn comes after its caller was told that it is not made is not made', () =>
  besideAnother(
    async (store, other) => {
      other.run('BEGIN EXCLUSIVE')
      const [first, second] = [store.takeTerm(), store.takeTerm()]
      // May take a minute: its caller still waits.
      const long = store.beginRun({ show: 'final', run: 2 }, 1)
      // The first one has begun.
      await new Promise(setImmediate)
      const laterMs = performance.now() + 30_000
      const later = spyOn(performance, 'now').mockReturnValue(laterMs)
      other.run('ROLLBACK')
      await expect(second).rejects.toMatchObject({ code: 'store_unavailable' })
      expect(await long).toBe(true)
      later.mockRestore()
      expect(await first).toBe(1)
      expect(await store.takeTerm()).toBe(2)
    },
    { busyMs: HANG_MS },
  ))

test('where the writing thread dies its call fails, and the next one has another thread', () =>
  besideAnother(async (store, other) => {
    const threads: Worker[] = []
    const { postMessage } = Worker.prototype
    const asked = spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
      this: Worker,
      ...given
    ) {
      threads.push(this)
      return postMessage.apply(this, given)
    })
    other.run('BEGIN EXCLUSIVE')
    const lost = store.takeTerm()
    await until(() => threads.length > 0)
    await threads[0]!.terminate()
    await expect(lost).rejects.toMatchObject({ code: 'store_unavailable' })
    other.run('ROLLBACK')
    expect(await store.takeTerm()).toBe(1)
    expect(new Set(threads).size).toBe(2)
    asked.mockRestore()
  }))
