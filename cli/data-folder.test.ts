import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../adapters/clock/clock.ts'
import { ConfigError } from '../settings/config-error.ts'
import { startRoarIn, temporaryFolder } from '../test/embedded.ts'
import { openDataFolder, storeFileOf } from './data-folder.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

test('the file of a store is that of its address, or the one in the data folder', () => {
  const file = (store: string) => storeFileOf({ data: '/data', store })
  expect(['', 'sqlite:', 'sqlite:/else/roar.db', 'postgres://db/roar'].map(file)).toEqual([
    '/data/roar.db',
    '/data/roar.db',
    '/else/roar.db',
    undefined,
  ])
})

test('a secret is made once, whole, and for its owner alone', () => {
  const first = openDataFolder(folder.path)
  const secret = first.secret('auth-secret')
  first.release()
  const second = openDataFolder(folder.path)
  expect(second.secret('auth-secret')).toEqual(secret)
  expect(secret).toHaveLength(32)
  expect(statSync(second.file('auth-secret')).mode & 0o777).toBe(0o600)
  second.release()
  expect(readdirSync(folder.path).sort()).toEqual(['auth-secret', 'lock.db'])
})

test('what is made in a folder that was open to all is its owner’s alone', () => {
  chmodSync(folder.path, 0o755)
  const opened = openDataFolder(folder.path)
  writeFileSync(opened.file('log.db'), '')
  expect(statSync(opened.file('log.db')).mode & 0o077).toBe(0)
  opened.release()
})

test('what the process makes once it has no folder any more, or could not get one, has the mode it would have without', () => {
  const made = (name: string) => {
    const path = join(folder.path, name)
    writeFileSync(path, '')
    return statSync(path).mode
  }
  const usual = made('before')
  const open = ['one', 'other'].map((name) => openDataFolder(join(folder.path, name)))
  expect(() => openDataFolder(join(folder.path, 'one'))).toThrow(ConfigError)
  for (const { release } of open) {
    expect(made('meanwhile') & 0o077).toBe(0)
    unlinkSync(join(folder.path, 'meanwhile'))
    release()
  }
  expect(made('after')).toBe(usual)
})

describe('a folder that cannot be used is refused in a sentence', () => {
  test.each([
    // What a full disk leaves behind would else sign tokens that anybody can make.
    ['half a secret', 'auth-secret is not a secret', (file: string) => writeFileSync(file, 'c2hvcnQ')],
    ['an empty secret', 'auth-secret is not a secret', (file: string) => writeFileSync(file, '')],
    ['a secret that is a folder', 'auth-secret cannot be read', (file: string) => mkdirSync(file)],
  ])('%s', (_, reason, make) => {
    make(join(folder.path, 'auth-secret'))
    const opened = openDataFolder(folder.path)
    expect(() => opened.secret('auth-secret')).toThrow(ConfigError)
    expect(() => opened.secret('auth-secret')).toThrow(reason)
  })

  test.each([
    ['a file in its place', (path: string) => writeFileSync(path, '')],
    ['a lock that is a folder', (path: string) => mkdirSync(join(path, 'lock.db'), { recursive: true })],
  ])('%s', (_, make) => {
    const path = join(folder.path, 'data')
    make(path)
    expect(() => openDataFolder(path)).toThrow(ConfigError)
    expect(() => openDataFolder(path)).toThrow(`data: ${path} cannot be used: `)
  })

  test('one that another has, until it lets go', () => {
    const first = openDataFolder(folder.path)
    expect(() => openDataFolder(folder.path)).toThrow(`data: ${folder.path} is in use by another process`)
    first.release()
    openDataFolder(folder.path).release()
  })
})

test('a store in a file elsewhere is one process’s alone too', async () => {
  using elsewhere = temporaryFolder()
  const [one, other] = [temporaryFolder(), temporaryFolder()]
  const store = `sqlite:${join(elsewhere.path, 'x.db')}`
  const first = await startRoarIn(one.path, systemClock, '--store', store)
  await expect(startRoarIn(other.path, systemClock, '--store', store)).rejects.toThrow(
    'x.db is in use by another process',
  )
  await first.drain()
  const second = await startRoarIn(other.path, systemClock, '--store', store)
  // Nor has anybody else the file of a folder, by whichever name.
  const own = await startRoarIn(one.path, systemClock)
  await second.drain()
  await expect(
    startRoarIn(other.path, systemClock, '--store', `sqlite:${join(one.path, 'roar.db')}`),
  ).rejects.toThrow('roar.db is in use by another process')
  await own.drain()
  for (const folder of [one, other]) folder.remove()
})

test('whoever is killed has let go', async () => {
  const hold = `
    const { openDataFolder } = await import(${JSON.stringify(join(import.meta.dir, 'data-folder.ts'))})
    const folder = openDataFolder(${JSON.stringify(folder.path)})
    console.log('held')
    setInterval(() => folder.file('lock.db'), 1000)`
  const holder = Bun.spawn([process.execPath, '-e', hold], { stdout: 'pipe' })
  await holder.stdout.getReader().read()
  expect(() => openDataFolder(folder.path)).toThrow('is in use')
  holder.kill('SIGKILL')
  await holder.exited
  openDataFolder(folder.path).release()
})
