import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { create, extract } from 'tar'
import { systemClock } from '../../adapters/clock/clock.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { openSqliteStore } from '../../adapters/sqlite/store-sqlite.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { ROAR } from '../../test/roar-process.ts'
import { commands } from '../commands/backup.ts'
import { openDataFolder } from '../data-folder.ts'
import { ENTRIES, MANIFEST, SUMS, sumsOf } from './contents.ts'
import { restoreBackup } from './restore.ts'
import { takeBackup } from './take.ts'

let folder: ReturnType<typeof temporaryFolder>
const at = (name: string) => join(folder.path, name)
const sources = () => ({
  store: at('data/roar.db'),
  log: at('data/log.db'),
  secret: at('data/auth-secret'),
  data: at('data'),
})
const vote = [{ key: 'ann', value: new Uint8Array([1]) }]

/** A data folder of three ballots, and its backup. */
beforeEach(async () => {
  folder = temporaryFolder()
  const data = openDataFolder(at('data'))
  data.secret('auth-secret')
  const store = await openSqliteStore(data.file('roar.db'))
  const log = new SqliteLog(data.file('log.db'), { clock: systemClock })
  for (let i = 0; i < 3; i++) await log.append('ballots', vote)
  await store.polls.saveBallotsEnd({ next: 3, last: '' }, { next: 0, last: '' })
  await log.close()
  await store.close()
  data.release()
  await takeBackup(sources(), at('backup.tar'))
})
afterEach(() => folder.remove())

test('a backup and what is restored of it are their owner’s alone, also where the umask is open, and whole', async () => {
  const before = process.umask(0)
  try {
    await takeBackup(sources(), at('open.tar'))
    await restoreBackup(at('open.tar'), at('new'))
  } finally {
    process.umask(before)
  }
  expect(statSync(at('open.tar')).mode & 0o777).toBe(0o600)
  for (const name of readdirSync(at('new'))) expect(statSync(at(`new/${name}`)).mode & 0o777).toBe(0o600)
  expect(readdirSync(at('new')).sort()).toEqual(['auth-secret', 'lock.db', 'log.db', 'roar.db'])
  expect(readFileSync(at('new/auth-secret'))).toEqual(readFileSync(at('data/auth-secret')))
  expect(readdirSync(folder.path).sort()).toEqual(['backup.tar', 'data', 'new', 'open.tar'])
})

test('pictures are kept, those that are whole and nothing else of their folder; a backup without them is an older one', async () => {
  const [name, unfinished] = [`${'a'.repeat(32)}.webp`, `${'b'.repeat(32)}.webp.new`]
  mkdirSync(at('data/media'))
  writeFileSync(at(`data/media/${name}`), 'RIFF')
  writeFileSync(at(`data/media/${unfinished}`), 'RI')
  await takeBackup(sources(), at('pictures.tar'))
  await restoreBackup(at('pictures.tar'), at('new'))
  expect(readdirSync(at('new/media'))).toEqual([name])
  expect(readFileSync(at(`new/media/${name}`), 'utf8')).toBe('RIFF')
  expect(statSync(at(`new/media/${name}`)).mode & 0o777).toBe(0o600)

  mkdirSync(at('older'))
  await extract({ file: at('backup.tar'), cwd: at('older') })
  const manifest = { ...JSON.parse(readFileSync(at(`older/${MANIFEST}`), 'utf8')), form: 1 }
  writeFileSync(at(`older/${MANIFEST}`), JSON.stringify(manifest))
  writeFileSync(at(`older/${SUMS}`), await sumsOf(at('older')))
  await create({ file: at('older.tar'), cwd: at('older') }, ENTRIES)
  expect(await restoreBackup(at('older.tar'), at('old'))).toMatchObject({ form: 1 })
})

test('the log is never older than the store: ballots between the two copies are in the log', async () => {
  const store = await openSqliteStore(at('data/roar.db'))
  const log = new Database(at('data/log.db'))
  const known = new Database(at('data/roar.db'))
  const run = Database.prototype.run
  // What another process does while the first copy is done and the second is not.
  using _ = spyOn(Database.prototype, 'run').mockImplementation(function (this: Database, ...args) {
    const done = run.apply(this, args)
    if (String(args[0]).startsWith('VACUUM INTO')) {
      run.call(
        log,
        'INSERT INTO log_ballots SELECT * FROM (SELECT MAX(place) + 1, at, name, value FROM log_ballots)',
      )
      run.call(known, "UPDATE log_ends SET next_at = next_at + 1 WHERE topic = 'ballots'")
    }
    return done
  })
  await takeBackup(sources(), at('meanwhile.tar'))
  for (const db of [log, known]) db.close()
  await store.close()
  await restoreBackup(at('meanwhile.tar'), at('new'))
  const restored = await openSqliteStore(at('new/roar.db'))
  const ballots = new SqliteLog(at('new/log.db'), { clock: systemClock })
  expect([(await restored.polls.ballotsEnd()).next, await ballots.ends('ballots')]).toEqual([3, [4]])
  await ballots.close()
  await restored.close()
})

test('people and API keys are in a backup; sessions and one-time links are not, also not as bytes', async () => {
  const store = await openSqliteStore(at('data/roar.db'))
  const given = (kind: 'session' | 'link' | 'api-key') => ({
    ...{ id: kind, hash: `hash-of-the-${kind}`, person: 'ann', made: 1, used: 1, ends: 9e15 },
    ...{ kind, agent: '', name: '', grants: [] },
  })
  const ann = { person: 'ann', email: 'ann@a.example', name: 'Ann', made: 1, version: 1 }
  await store.people.write({ person: { ...ann, roles: [{ role: 'owner' }] }, adds: given('session') }, 1)
  await store.people.write({ adds: given('link') }, 1)
  await store.people.write({ adds: given('api-key') }, 1)
  await store.close()
  await takeBackup(sources(), at('people.tar'))
  await restoreBackup(at('people.tar'), at('new'))
  const bytes = readFileSync(at('new/roar.db'), 'latin1')
  const kept = (['session', 'link', 'api-key'] as const).map((kind) => bytes.includes(given(kind).hash))
  expect(kept).toEqual([false, false, true])
  const { people } = await openSqliteStore(at('new/roar.db'))
  expect(await people.all()).toMatchObject([{ person: 'ann' }])
  expect(await people.credential('hash-of-the-api-key')).toBeDefined()
})

describe('a restore that cannot be leaves an empty folder', () => {
  const original = () => readFileSync(at('backup.tar'))
  /** The backup with its entries changed, and with checksums that fit, so that nothing but the change is wrong. */
  async function changed(change: (entries: string) => void, entries = ENTRIES): Promise<void> {
    mkdirSync(at('entries'))
    await extract({ file: at('backup.tar'), cwd: at('entries') })
    change(at('entries'))
    if (entries === ENTRIES) writeFileSync(join(at('entries'), SUMS), await sumsOf(at('entries')))
    await create({ file: at('bad.tar'), cwd: at('entries') }, entries)
  }
  const manifest = (fields: object) => (entries: string) =>
    writeFileSync(
      join(entries, MANIFEST),
      JSON.stringify({ form: 1, roar: '9.0.0', takenAt: 'then', store: 1, ...fields }),
    )
  const put = (name: string, text: string) => (entries: string) => writeFileSync(join(entries, name), text)
  const torn = (name: string) => (entries: string) => {
    const bytes = readFileSync(join(entries, name))
    // The head of the second page: how long one is stands in the file's own (SQLite's file format, section 1.3).
    const page = bytes.readUInt16BE(16)
    writeFileSync(join(entries, name), bytes.fill(0xff, page, page + 64))
  }
  const copied = (from: string, to: string) => (entries: string) =>
    writeFileSync(join(entries, to), readFileSync(join(entries, from)))
  const flipped = (place: number) => {
    const bytes = original()
    bytes[place]! ^= 1
    writeFileSync(at('bad.tar'), bytes)
  }

  test.each<[string, string, () => unknown]>([
    ['no file', 'there is no such file', () => {}],
    ['a pipe', 'is a stream: save it as a file first', () => Bun.spawnSync(['mkfifo', at('bad.tar')])],
    ['a device', 'is a stream: save it as a file first', () => symlinkSync('/dev/null', at('bad.tar'))],
    ['an empty file', 'is damaged, or not a backup', () => writeFileSync(at('bad.tar'), '')],
    ['another file', 'is damaged, or not a backup', () => writeFileSync(at('bad.tar'), 'x'.repeat(9999))],
    [
      'half of it',
      'is damaged, or not a backup',
      () => writeFileSync(at('bad.tar'), original().subarray(0, 50_000)),
    ],
    ['a bit of a ballot', 'checksums do not match', () => flipped(original().length - 20_000)],
    ['a bit of the manifest', 'is damaged, or not a backup', () => flipped(512)],
    ['a bit of a checksum', 'is damaged, or not a backup', () => flipped(3 * 512 + 5)],
    [
      'a picture that is missing',
      'checksums do not match',
      () =>
        changed(
          (entries) =>
            writeFileSync(
              join(entries, SUMS),
              `${readFileSync(join(entries, SUMS), 'utf8')}00  media/a.webp\n`,
            ),
          ENTRIES.slice(0),
        ),
    ],
    ['an entry that is missing', 'auth-secret is missing', () => changed(() => {}, ENTRIES.slice(0, -1))],
    ['a newer form', 'created by a newer version, roar 9.0.0', () => changed(manifest({ form: 3 }))],
    ['an empty store', 'roar.db is no whole database', () => changed(put('roar.db', ''))],
    ['a store that is none', 'roar.db is no whole database', () => changed(put('roar.db', 'x'.repeat(9999)))],
    ['a log with a page that is none', 'log.db is no whole database', () => changed(torn('log.db'))],
    [
      'the log as the store',
      'roar.db is not the store of its manifest',
      () => changed(copied('log.db', 'roar.db')),
    ],
    ['half a secret', 'auth-secret is none', () => changed(put('auth-secret', 'c2hvcnQ'))],
    [
      'a store of another version',
      'roar.db is not the store of its manifest',
      () => changed(manifest({ store: 0 })),
    ],
    ['a newer store', 'created by a newer version, roar 9.0.0', () => changed(manifest({ store: 999 }))],
  ])('%s', async (_, sentence, make) => {
    await make()
    const error = await restoreBackup(at('bad.tar'), at('new')).catch((cause: Error) => cause)
    expect(String(error)).toContain(sentence)
    expect(String(error)).not.toContain(readFileSync(at('data/auth-secret'), 'utf8'))
    expect(readdirSync(at('new'))).toEqual(['lock.db'])
    // And the folder is as good as new.
    await restoreBackup(at('backup.tar'), at('new'))
  })
})

test('a backup of which a file does not fit where it is restored is not called damaged', () => {
  const restore = [ROAR, 'restore', at('backup.tar'), '--data', at('new')]
  const { exitCode, stderr } = Bun.spawnSync(['sh', '-c', 'ulimit -f 60; exec "$@"', 'sh', ...restore])
  expect(exitCode).toBe(2)
  expect(stderr.toString()).toContain('cannot be written whole')
  expect(readdirSync(at('new'))).toEqual(['lock.db'])
})

test('a restore that was killed leaves a folder in which no server starts, and is repeated there', async () => {
  // As after a kill between two of its last steps.
  for (const name of ['restoring-a1b2c3', 'media']) mkdirSync(join(at('half'), name), { recursive: true })
  for (const name of ['log.db', 'auth-secret', 'media/half', 'restoring-a1b2c3/roar.db'])
    writeFileSync(join(at('half'), name), '')
  const { exitCode, stderr } = Bun.spawnSync([ROAR, 'up', '--port', '0', '--data', at('half')])
  expect(exitCode).toBe(2)
  expect(stderr.toString()).toContain('was not restored to the end')
  expect(readdirSync(at('half'))).not.toContain('roar.db')
  await restoreBackup(at('backup.tar'), at('half'))
  expect(readdirSync(at('half')).toSorted()).toEqual(['auth-secret', 'lock.db', 'log.db', 'roar.db'])
  // With a store in it, it is somebody's.
  mkdirSync(join(at('half'), 'restoring-a1b2c3'))
  await expect(restoreBackup(at('backup.tar'), at('half'))).rejects.toThrow('half is not empty')
})

test('a folder with anything in it, or in use, stays as it is', async () => {
  mkdirSync(at('full'))
  writeFileSync(at('full/mine'), '')
  await expect(restoreBackup(at('backup.tar'), at('full'))).rejects.toThrow('full is not empty')
  await expect(restoreBackup(at('backup.tar'), at('data'))).rejects.toThrow('data is not empty')
  await expect(restoreBackup(at('backup.tar'), at('backup.tar'))).rejects.toThrow('cannot be read')
  expect(readdirSync(at('full'))).toEqual(['mine'])
  const held = openDataFolder(at('held'))
  await expect(restoreBackup(at('backup.tar'), at('held'))).rejects.toThrow('in use by another process')
  held.release()
})

describe('a backup that cannot be taken leaves no file', () => {
  test.each<[string, string, () => unknown]>([
    ['a folder without a log', 'none.db cannot be copied', () => ({ ...sources(), log: at('data/none.db') })],
    ['a folder without a secret', 'cannot be read', () => ({ ...sources(), secret: at('data/none') })],
    [
      'half a secret',
      'is not a secret',
      () => {
        chmodSync(at('data/auth-secret'), 0o600)
        writeFileSync(at('data/auth-secret'), 'c2hvcnQ')
        return sources()
      },
    ],
    [
      'a damaged store',
      'roar.db cannot be copied',
      () => {
        writeFileSync(at('data/roar.db'), 'no database'.repeat(999))
        return sources()
      },
    ],
  ])('%s', async (_, sentence, make) => {
    const from = make() as ReturnType<typeof sources>
    await expect(takeBackup(from, at('second.tar'))).rejects.toThrow(sentence)
    expect(readdirSync(folder.path).sort()).toEqual(['backup.tar', 'data'])
  })

  test('a file that is there is not written over', async () => {
    const before = readFileSync(at('backup.tar'))
    await expect(takeBackup(sources(), at('backup.tar'))).rejects.toThrow('already exists')
    expect(readFileSync(at('backup.tar'))).toEqual(before)
  })
})

test.each([
  [['--log', 'kafka://k:9092'], 'log: is Kafka'],
  [['--store', 'postgres://roar:hush@db/roar'], 'store: is PostgreSQL: back it up with pg_dump'],
])('of %j each command says which tools there are', async (flags, sentence) => {
  for (const { run } of commands) {
    const error = await run([at('other.tar'), ...flags]).catch((cause: Error) => cause)
    expect(String(error)).toContain(sentence)
    expect(String(error)).not.toContain('hush')
  }
})
