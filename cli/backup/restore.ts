import { Database } from 'bun:sqlite'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { extract } from 'tar'
import * as v from 'valibot'
import { flushed, flushedNames } from '../../adapters/flushed.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { whyUnreadable } from '../../settings/files.ts'
import { isHalfRestored, openDataFolder, RESTORING, readSecret } from '../data-folder.ts'
import { Progress } from '../progress.ts'
import { cannotWrite, isDiskFull } from '../whole-file.ts'
import {
  ENTRIES,
  FORM,
  isPictureEntry,
  KEPT,
  MANIFEST,
  Manifest,
  MEDIA,
  picturesIn,
  STORE_VERSION,
  SUMS,
  storeVersionIn,
  sumsOf,
} from './contents.ts'

/** Files that may be in a folder that counts as empty: the lock of a server that never wrote, or of a restore that failed. */
const LOCK = /^lock\.db(-journal)?$/
const STORE = 'roar.db'

/** What a restore puts there, the store last: whatever else is there without it was not restored whole. */
const MOVED = [MEDIA, ...KEPT.filter((name) => name !== STORE), STORE]

/**
 * Restores a backup into a data folder, after checking all of it. The folder is locked meanwhile, so that no server can start in
 * it. A failure leaves nothing there; after a kill no server starts in it either, and the next restore begins anew.
 * @throws ConfigError for a folder that is not empty, a file that is damaged or not a backup, and a backup of a newer program
 */
export async function restoreBackup(file: string, data: string): Promise<Manifest> {
  checkEmpty(data)
  using progress = new Progress()
  const folder = openDataFolder(data)
  let work: string | undefined
  try {
    checkEmpty(data)
    for (const name of readdirSync(data).filter(isOfRestore))
      rmSync(folder.file(name), { recursive: true, force: true })
    work = mkdtempSync(folder.file(RESTORING))
    progress.begins('unpacking the file')
    await unpack(file, work)
    const manifest = await checked(file, work, progress)
    const pictures = picturesIn(work)
    for (const name of [...KEPT, ...pictures]) {
      chmodSync(join(work, name), 0o600)
      flushed(join(work, name))
    }
    if (pictures.length > 0) flushedNames(join(work, MEDIA))
    move(work, data)
    return manifest
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    if (isDiskFull(cause)) throw cannotWrite(data, cause)
    throw new ConfigError('restore', `failed: ${(cause as Error).message}`)
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true })
    folder.release()
  }
}

function move(work: string, data: string): void {
  try {
    for (const name of MOVED) {
      // All before it is on the disk when the store is there.
      if (name === STORE) flushedNames(data)
      if (existsSync(join(work, name))) renameSync(join(work, name), join(data, name))
    }
    flushedNames(data)
  } catch (cause) {
    for (const name of MOVED) rmSync(join(data, name), { recursive: true, force: true })
    throw cause
  }
}

const isOfRestore = (name: string): boolean => name.startsWith(RESTORING) || MOVED.includes(name)

function checkEmpty(data: string): void {
  if (!existsSync(data)) return
  let names: string[]
  try {
    names = readdirSync(data)
  } catch (cause) {
    throw new ConfigError('data', `${data} cannot be read: ${(cause as Error).message}`)
  }
  const isLeft = isHalfRestored(data) ? isOfRestore : () => false
  if (names.some((name) => !LOCK.test(name) && !isLeft(name)))
    throw new ConfigError('data', `${data} is not empty: restore into a new or empty folder`)
}

/** Unpacks only entries with a backup's names, whatever else the archive contains. */
async function unpack(file: string, folder: string): Promise<void> {
  const sizes = new Map<string, number>()
  const isEntry = (path: string, entry: object): boolean => {
    if (!ENTRIES.includes(path) && !isPictureEntry(path)) return false
    if (!('type' in entry && entry.type === 'File' && 'size' in entry)) return false
    sizes.set(path, entry.size as number)
    return true
  }
  try {
    const found = statSync(file)
    // Reading would wait for a pipe for ever, or find only a part.
    if (found.isFIFO() || found.isSocket() || found.isCharacterDevice())
      throw new ConfigError('restore', `${file} is a stream: save it as a file first`)
    await extract({ file, cwd: folder, strict: true, filter: isEntry })
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    const { syscall, path, message } = cause as NodeJS.ErrnoException
    if (path === file || syscall === 'read')
      throw new ConfigError('restore', `${file} cannot be read: ${whyUnreadable(cause)}`)
    // An error of the operating system is not the file's fault.
    if (syscall !== undefined) throw cause
    throw new ConfigError('restore', `${file} is damaged, or not a backup: ${message}`)
  }
  // What writes them takes a write that was cut short for a whole one: that is not the file's fault either.
  for (const [path, size] of sizes)
    if (statSync(join(folder, path)).size < size)
      throw new ConfigError(
        path,
        'cannot be written whole: there is no room, or it is larger than files may be here',
      )
}

/** The format version is checked before the sums: a newer program may have other entries. */
async function checked(file: string, folder: string, progress: Progress): Promise<Manifest> {
  const damaged = (what: string) => new ConfigError('restore', `${file} is damaged, or not a backup: ${what}`)
  const manifest = manifestIn(folder)
  if (manifest === undefined) throw damaged(`its ${MANIFEST} is missing or cannot be read`)
  if (manifest.form > FORM) throw newer(file, manifest)
  for (const name of ENTRIES) if (!existsSync(join(folder, name))) throw damaged(`${name} is missing`)
  if ((await sumsOf(folder, progress)) !== readFileSync(join(folder, SUMS), 'utf8'))
    throw damaged('its checksums do not match')
  if (manifest.store > STORE_VERSION) throw newer(file, manifest)
  progress.begins('checking the databases')
  const fault = keptFault(folder, manifest)
  if (fault !== undefined) throw damaged(fault)
  return manifest
}

/**
 * Checks the restored files themselves, as taking the backup did: matching sums only say that nothing changed since. With an
 * empty store a server would start as a new one.
 */
function keptFault(folder: string, { store }: Manifest): string | undefined {
  try {
    readSecret(join(folder, 'auth-secret'))
  } catch {
    return 'its auth-secret is none'
  }
  for (const name of ['roar.db', 'log.db'])
    if (!isWholeDatabase(join(folder, name))) return `its ${name} is no whole database`
  return isStore(join(folder, 'roar.db'), store) ? undefined : 'its roar.db is not the store of its manifest'
}

function isStore(path: string, version: number): boolean {
  try {
    return storeVersionIn(path) === version
  } catch {
    // A database without the version table is no store.
    return false
  }
}

function isWholeDatabase(path: string): boolean {
  try {
    const db = new Database(path, { readonly: true })
    try {
      const [first] = db.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all()
      const tables = db.query<{ n: number }, []>('SELECT COUNT(*) AS n FROM sqlite_master').get()
      return first?.quick_check === 'ok' && tables !== null && tables.n > 0
    } finally {
      db.close()
    }
  } catch {
    // The file cannot be opened or read; the caller reports only that.
    return false
  }
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    const { success, output } = v.safeParse(
      Manifest,
      JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')),
    )
    return success ? output : undefined
  } catch {
    return undefined
  }
}

const newer = (file: string, { roar }: Manifest) =>
  new ConfigError('restore', `${file} was created by a newer version, roar ${roar}: restore it with that one`)
