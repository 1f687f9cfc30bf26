import { Database } from 'bun:sqlite'
import { afterAll, expect, spyOn, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { heldFile } from '../../test/held-file.ts'
import { systemClock } from '../clock/clock.ts'
import { ManualClock } from '../clock/clock-manual.ts'
import { logContract } from '../log/log.contract.ts'
import { logByTopic } from '../log/log-by-topic.ts'
import { MemoryLog } from '../memory/log-memory.ts'
import { SqliteLog } from './log-sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'roar-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
let file = ''
let blocker: Database | undefined
const fresh = () => join(folder, `${files++}.db`)
/** Another process that holds the file's write lock: what a full or broken disk looks like to a commit. */
const outage = {
  begin: async () => {
    blocker = new Database(file)
    blocker.run('BEGIN IMMEDIATE')
  },
  end: async () => {
    blocker!.run('ROLLBACK')
    blocker!.close()
  },
}

logContract('in SQLite', async () => ({
  open: async () => {
    file = fresh()
    const log = new SqliteLog(file, { clock: systemClock })
    return { log, peer: log }
  },
  outage,
}))

logContract('of topics in memory and in SQLite', async () => ({
  open: async () => {
    file = fresh()
    const durable = new SqliteLog(file, { clock: systemClock })
    const log = logByTopic({
      topics: { ballots: durable, reactions: durable },
      others: new MemoryLog({ clock: systemClock, drainMs: 300 }),
    })
    return { log, peer: log }
  },
  outage,
}))

const bytes = (text: string) => new TextEncoder().encode(text)
const record = (key: string, value: string) => ({ key, value: bytes(value) })

test('what was confirmed is there after the file is opened again, with its places, and offsets go on', async () => {
  const path = fresh()
  const before = new SqliteLog(path, { clock: systemClock })
  const places = await before.append('ballots', [record('ann', '1'), record('ben', '2')])
  await before.close()
  const after = new SqliteLog(path, { clock: systemClock })
  const read = await after.read('ballots', { partition: 0, offset: 0 }, 10)
  expect(read.map(({ partition, offset, timestampMs }) => ({ partition, offset, timestampMs }))).toEqual(
    places.map(({ partition, offset, timestampMs }) => ({ partition, offset, timestampMs })),
  )
  expect(read.map(({ key, value }) => `${key} ${new TextDecoder().decode(value)}`)).toEqual([
    'ann 1',
    'ben 2',
  ])
  expect((await after.append('ballots', [record('cid', '3')]))[0]!.offset).toBe(2)
  expect(await after.ends('ballots')).toEqual([3])
  await after.close()
})

test('a group goes on where it was after the file is opened again', async () => {
  const path = fresh()
  const before = new SqliteLog(path, { clock: systemClock })
  await before.append('posts', [record('a', '1'), record('b', '2')])
  const seen: string[] = []
  const take = (batch: { value: Uint8Array }[]) => {
    for (const { value } of batch) seen.push(new TextDecoder().decode(value))
  }
  await before.consume('posts', take, { group: 'deliver' }).close()
  await before.close()
  const after = new SqliteLog(path, { clock: systemClock })
  await after.append('posts', [record('c', '3')])
  await after.consume('posts', take, { group: 'deliver' }).close()
  await after.close()
  expect(seen).toEqual(['1', '2', '3'])
})

test('appends of one turn share a commit, and each gets its own places', async () => {
  const log = new SqliteLog(fresh(), { clock: systemClock })
  const places = await Promise.all(
    Array.from({ length: 100 }, (_, i) => log.append('ballots', [record(`k${i}`, `${i}`)])),
  )
  expect(places.map(([place]) => place!.offset)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  expect(new Set(places.map(([place]) => place!.timestampMs)).size).toBe(1)
  await log.close()
})

/** What lets a commit fail half way: the file itself takes no record of this key. */
function refuseKey(path: string, key: string): void {
  const db = new Database(path)
  db.run(
    `CREATE TRIGGER spoilt BEFORE INSERT ON log_ballots WHEN NEW.name = '${key}' BEGIN SELECT RAISE(ABORT, 'spoilt'); END`,
  )
  db.close()
}

const refusals = async (appends: Promise<unknown>[]) =>
  (await Promise.allSettled(appends)).map((append) => (append as { reason?: Error }).reason?.message)

async function isUp(log: SqliteLog): Promise<void> {
  while (log.state() === 'down') await new Promise<void>((wake) => log.onState(() => wake()))
}

test('a commit that fails half way leaves nothing, and the next goes on without a hole', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: systemClock })
  await log.append('ballots', [record('ann', '1')])
  refuseKey(path, 'spoilt')
  const refused = [
    log.append('posts', [record('cid', '3')]),
    log.append('ballots', [record('ben', '2'), record('spoilt', '2')]),
  ]
  expect(await refusals(refused)).toEqual(refused.map(() => 'the log cannot be written: spoilt'))
  await isUp(log)
  expect((await log.append('ballots', [record('dan', '4')]))[0]!.offset).toBe(1)
  // The table that was made for it was taken back with it.
  expect((await log.append('posts', [record('eve', '5')]))[0]!.offset).toBe(0)
  const keys = async (of: SqliteLog) =>
    (await of.read('ballots', { partition: 0, offset: 0 }, 9)).map(({ key }) => key)
  expect(await keys(log)).toEqual(['ann', 'dan'])
  await log.close()
  const after = new SqliteLog(path, { clock: systemClock })
  expect(await keys(after)).toEqual(['ann', 'dan'])
  await after.close()
})

test('its time does not go back over a start by a clock that is behind', async () => {
  const path = fresh()
  const [before, after] = [5000, 1000]
  const log = new SqliteLog(path, { clock: new ManualClock(before) })
  await log.append('ballots', [record('ann', '1')])
  await log.close()
  const next = new SqliteLog(path, { clock: new ManualClock(after) })
  const places = await next.append('posts', [record('ben', '2')])
  expect(places.map(({ timestampMs }) => timestampMs)).toEqual([before])
  await next.close()
})

test('a place of a group whose commit failed is saved with the next one', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: systemClock })
  const reader = log.consume('ballots', () => {}, { group: 'count' })
  await log.append('ballots', [record('ann', '1')])
  await reader.caughtUp()
  refuseKey(path, 'spoilt')
  expect(await refusals([log.append('ballots', [record('spoilt', '2')])])).toHaveLength(1)
  await isUp(log)
  await log.close()
  const after = new SqliteLog(path, { clock: systemClock })
  await after.append('ballots', [record('ben', '2')])
  const seen: (string | null)[] = []
  const rest = after.consume('ballots', (batch) => void seen.push(...batch.map(({ key }) => key)), {
    group: 'count',
  })
  await rest.caughtUp()
  expect(seen).toEqual(['ben'])
  await after.close()
})

test('a log that cannot be written says where it ends by what is in the file: a thread that died may have written it', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: new ManualClock(1000) })
  await log.append('ballots', [record('ann', '1')])
  using file = new Database(path)
  file.run("INSERT INTO log_ballots VALUES (1, 1, 'ben', x'31')")
  expect(await refusals([log.append('ballots', [record('ben', '1')])])).toHaveLength(1)
  expect([log.state(), await log.ends('ballots')]).toEqual(['down', [2]])
  await log.close()
})

test('nobody reads a record that was written and is not confirmed', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: systemClock })
  for (const key of ['ann', 'ben']) await log.append('ballots', [record(key, '1')])
  using file = new Database(path)
  file.run("INSERT INTO log_ballots VALUES (2, 1, 'cid', x'31')")
  const read = await log.read('ballots', { partition: 0, offset: 0 }, 9)
  expect(read.map(({ key }) => key)).toEqual(['ann', 'ben'])
  await log.close()
})

test('what is appended while a commit is in hand goes with the next, in order, and with one that fails it is refused', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: systemClock })
  await log.append('ballots', [record('ann', '1')])
  const first = log.append('ballots', [record('ben', '2')])
  await new Promise((turn) => setImmediate(turn))
  const next = [3, 4].map((n) => log.append('ballots', [record(`k${n}`, `${n}`)]))
  const places = (await Promise.all([first, ...next])).map(([place]) => place!)
  expect(places.map(({ offset }) => offset)).toEqual([1, 2, 3])
  refuseKey(path, 'spoilt')
  const spoilt = log.append('ballots', [record('spoilt', '5')])
  await new Promise((turn) => setImmediate(turn))
  const waits = log.append('ballots', [record('dan', '6')])
  expect(await refusals([spoilt, waits])).toEqual(Array(2).fill('the log cannot be written: spoilt'))
  await isUp(log)
  expect(await log.ends('ballots')).toEqual([4])
  await log.close()
})

test('a thread that dies takes the log down, which starts another and finds what was written', async () => {
  const path = fresh()
  const threads: Worker[] = []
  const { ref } = Worker.prototype
  const seen = spyOn(Worker.prototype, 'ref').mockImplementation(function (this: Worker) {
    if (!threads.includes(this)) threads.push(this)
    return ref.call(this)
  })
  const log = new SqliteLog(path, { clock: systemClock })
  await log.append('ballots', [record('ann', '1')])
  await log.append('ballots', [record('ben', '2')])
  const append = log.append('ballots', [record('cid', '3')])
  await new Promise((turn) => setImmediate(turn))
  const [code] = await Promise.all([threads[0]!.terminate(), append.catch(() => {})])
  expect(code).toBeDefined()
  await isUp(log)
  const [end] = await log.ends('ballots')
  const [place] = await log.append('ballots', [record('dan', '4')])
  expect(place!.offset).toBe(end!)
  const found = await log.read('ballots', { partition: 0, offset: 0 }, 9)
  expect(found.map(({ offset }) => offset)).toEqual(found.map((_, i) => i))
  expect(found.map(({ key }) => key).filter((key) => key !== 'cid')).toEqual(['ann', 'ben', 'dan'])
  expect(threads).toHaveLength(2)
  await log.close()
  seen.mockRestore()
})

test('a reader far behind gets every record, in order, from the file', async () => {
  const path = fresh()
  const before = new SqliteLog(path, { clock: systemClock })
  await before.append(
    'ballots',
    Array.from({ length: 2500 }, (_, i) => record(`k${i}`, `${i}`)),
  )
  await before.close()
  const log = new SqliteLog(path, { clock: systemClock })
  const all = Promise.withResolvers<void>()
  const offsets: number[] = []
  const reader = log.consume('ballots', (batch) => {
    for (const { offset } of batch) offsets.push(offset)
    if (offsets.length >= 2501) all.resolve()
  })
  await log.append('ballots', [record('new', 'new')])
  await all.promise
  expect(offsets).toEqual(Array.from({ length: 2501 }, (_, i) => i))
  await reader.close()
  await log.close()
})

test('a part of the file that cannot be read for a while, which SQLite calls damaged, makes its reader wait, and loses nothing', async () => {
  const path = fresh()
  const before = new SqliteLog(path, { clock: systemClock })
  await before.append(
    'ballots',
    Array.from({ length: 2500 }, (_, i) => record(`k${i}`, `ballot ${i}.`)),
  )
  await before.close()
  const file = openSync(path, 'r+')
  const whole = readFileSync(path)
  const page = 16384 * Math.floor(whole.indexOf('ballot 1000.') / 16384)
  writeSync(file, new Uint8Array(16384), 0, 16384, page)
  const log = new SqliteLog(path, { clock: systemClock })
  const waits = Promise.withResolvers<string>()
  const offsets: number[] = []
  const reader = log.consume('ballots', (batch) => void offsets.push(...batch.map(({ offset }) => offset)), {
    onState: (next) => next.state !== 'reading' && waits.resolve(`${next.state}: ${next.cause}`),
  })
  expect(await waits.promise).toEndWith(
    'waiting: RoarError: the log cannot be read: database disk image is malformed',
  )
  writeSync(file, whole, page, 16384, page)
  closeSync(file)
  // With it SQLite reads the page again: unlike one that a disk refused, it has this one in memory.
  await log.append('ballots', [record('new', 'new')])
  await reader.caughtUp()
  expect(offsets).toEqual(Array.from({ length: 2501 }, (_, i) => i))
  await log.close()
})

test('of a compacted topic the newest record of each key outlives many', async () => {
  const path = fresh()
  const log = new SqliteLog(path, { clock: systemClock })
  for (let round = 0; round < 30; round++) {
    await log.append(
      'tallies',
      Array.from({ length: 1000 }, (_, i) => record(`k${i}`, `${round}`)),
    )
  }
  await log.close()
  const after = new SqliteLog(path, { clock: systemClock })
  const newest = new Map<string, string>()
  let records = 0
  await new Promise<void>((done) => {
    const reader = after.consume('tallies', (batch) => {
      for (const { key, value } of batch) newest.set(key!, new TextDecoder().decode(value))
      records += batch.length
      if (batch.at(-1)!.offset === 29_999) void reader.close().then(done)
    })
  })
  expect(newest.size).toBe(1000)
  expect(new Set(newest.values())).toEqual(new Set(['29']))
  expect(records).toBeLessThan(22_000)
  await after.close()
})

test('records older than their topic keeps them are deleted, and readers go on', async () => {
  const path = fresh()
  const clock = new ManualClock(1_000_000)
  const before = new SqliteLog(path, { clock, keptMs: { rooms: 1_000 } })
  await before.append('rooms', [record('a', 'old')])
  clock.advance(900)
  await before.append('rooms', [record('b', 'young')])
  await before.close()
  clock.advance(200)
  const after = new SqliteLog(path, { clock, keptMs: { rooms: 1_000 } })
  await after.append('rooms', [record('c', 'new')])
  const read: (string | null)[] = []
  await after.consume('rooms', (batch) => void read.push(...batch.map(({ key }) => key))).close()
  expect(read).toEqual(['b', 'c'])
  expect(await after.ends('rooms')).toEqual([3])
  await after.close()
})

test('is opened once another process that reads or opens it at the same moment has let it go', async () => {
  const path = fresh()
  const other = await heldFile(path)
  await new SqliteLog(path, { clock: systemClock }).close()
  expect(await other.exited).toBe(0)
})

test('a record that every reader has read still brings its trace, whatever is appended after it', async () => {
  const log = new SqliteLog(fresh(), { clock: systemClock })
  const trace = { traceparent: `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01` }
  await log.append('ballots', [{ ...record('a', 'traced'), trace }])
  const reader = log.consume('ballots', () => {})
  await reader.caughtUp()
  for (const text of ['next', 'last']) {
    await log.append('ballots', [record('a', text)])
    await reader.caughtUp()
  }
  const read = await log.read('ballots', { partition: 0, offset: 0 }, 9)
  expect(read.map((found) => found.trace)).toEqual([trace, undefined, undefined])
  await log.close()
})
