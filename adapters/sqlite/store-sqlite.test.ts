import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Poll } from '../../protocol/polls.ts'
import { heldFile } from '../../test/held-file.ts'
import type { LeafChunk } from '../store/polls.ts'
import { storeContract } from '../store/store.contract.ts'
import { openSqliteStore } from './store-sqlite.ts'
import { WalCopier } from './wal-copier.ts'

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
  await store.close()
  rmSync(folder, { recursive: true })
})

test('polls and keys are in the synced file as soon as they are written, and not in its WAL alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqliteStore(join(folder, 'roar.db'))
  const inFile = (text: string) => readFileSync(join(folder, 'roar.db')).includes(text)
  await store.polls.saveSigningKey({ kid: 'a signing key', from: 0, jwk: '{}' })
  expect(inFile('a signing key')).toBe(true)
  const key = crypto.getRandomValues(new Uint8Array(32))
  await store.polls.saveVoterKey('final', 'mvp', key)
  expect(inFile(key.toBase64())).toBe(true)
  const poll = { show: 'final', poll: 'mvp', question: 'Who was the best?', version: 1 } as Poll
  await store.polls.save(poll, { replaces: 0, entry: { at: 1, who: 'boss', action: 'open', poll: 'mvp' } })
  expect(inFile('Who was the best?')).toBe(true)
  await store.close()
  rmSync(folder, { recursive: true })
})

/** Of 256 ballots each. */
const chunkAt = (chunk: number): LeafChunk => ({
  ...{ chunk, from: chunk, to: chunk, root: new Uint8Array(32) },
  ballots: Array.from({ length: 256 }, () => crypto.randomUUID()),
  places: Array.from({ length: 256 }, (_, i) => ({ partition: 0, offset: 256 * chunk + i })),
  hashes: Array.from({ length: 256 }, () => crypto.getRandomValues(new Uint8Array(32))),
  marks: Array.from({ length: 256 }, () => ({ quarantined: false, markSalt: 'bWFya21hcmttYXJrbWFyaw' })),
})

test('leaves of a large poll never make a WAL so long that a commit copies it: a thread does, and the event loop turns', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const store = await openSqliteStore(join(folder, 'roar.db'))
  let turns = 0
  const count = () => {
    turns++
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const turnsOfWrites: number[] = []
  for (let chunk = 0; chunk < 240; chunk += 4) {
    const before = turns
    await store.polls.saveLeaves(
      'final',
      'mvp',
      [0, 1, 2, 3].map((i) => chunkAt(chunk + i)),
    )
    turnsOfWrites.push(turns - before)
  }
  clearImmediate(next)
  // Three times in sixty writes: what is waited for there is waited for by this call alone.
  expect(turnsOfWrites.filter((turns) => turns > 0).length).toBeGreaterThanOrEqual(3)
  // A page and the head of its frame.
  expect(statSync(join(folder, 'roar.db-wal')).size).toBeLessThan(1000 * (4096 + 24))
  expect(statSync(join(folder, 'roar.db')).size).toBeGreaterThan(160 * 256 * 100)
  await store.close()
  expect(readdirSync(folder)).toEqual(['roar.db'])
  const again = await openSqliteStore(join(folder, 'roar.db'))
  expect(await again.polls.leafIndex('final', 'mvp')).toHaveLength(240)
  await again.close()
  rmSync(folder, { recursive: true })
})

test('a thread that cannot open the file copies nothing, and nobody waits for it', async () => {
  const copier = new WalCopier(join(tmpdir(), 'nowhere', 'roar.db'))
  await copier.copy()
  await copier.copy()
  copier.close()
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

test('a file that another program has locked, or reads while a key leaves it, is waited for by the call alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const file = join(folder, 'roar.db')
  const store = await openSqliteStore(file)
  await store.polls.saveVoterKey('final', 'mvp', new Uint8Array(32))
  const other = new Database(file)
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
  other.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

test('of the calls that a locked file keeps waiting only the first one waits in vain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
  const file = join(folder, 'roar.db')
  const busyMs = 2_000
  const store = await openSqliteStore(file, { busyMs })
  const other = new Database(file)
  other.run('BEGIN EXCLUSIVE')
  const failed: string[] = []
  const first = store.probe().catch(() => failed.push('first'))
  const others = [1, 2, 3].map((n) => store.takeTerm().catch(() => failed.push(`${n}`)))
  await first
  // No call sleeps through so few turns.
  for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate)
  expect(failed).toEqual(['first', '1', '2', '3'])
  other.run('ROLLBACK')
  await Promise.all(others)
  expect(await store.takeTerm()).toBe(1)
  other.close()
  await store.close()
  rmSync(folder, { recursive: true })
})
