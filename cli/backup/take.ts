import { constants, Database } from 'bun:sqlite'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { create } from 'tar'
import { version } from '../../package.json'
import { ConfigError } from '../../settings/config-error.ts'
import { readSecret } from '../data-folder.ts'
import { cannotWrite, isDiskFull } from '../whole-file.ts'
import {
  ENTRIES,
  FORM,
  KEPT,
  MANIFEST,
  type Manifest,
  MEDIA,
  picturesIn,
  SUMS,
  storeVersionIn,
  sumsOf,
} from './contents.ts'
import { flushed } from './flushed.ts'

export interface Sources {
  store: string
  log: string
  secret: string
  /** The data folder, whose pictures are kept. */
  data: string
}

/**
 * Writes one file with all that an installation keeps, which may be running. It needs room for two copies beside the file,
 * which is there whole or not at all, unless this process is killed: then it is empty, and no backup.
 * @throws ConfigError when the file is there already, and for whatever cannot be read or written
 */
export async function takeBackup(sources: Sources, file: string): Promise<Manifest> {
  const target = resolve(file)
  reserve(target)
  let work: string | undefined
  try {
    work = mkdtempSync(`${target}.unfinished-`)
    // Before the copies: all that was confirmed until then is in them.
    const takenAt = new Date().toISOString()
    const store = snapshot(sources, work)
    const manifest = { form: FORM, roar: version, takenAt, store }
    writeFileSync(join(work, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`, { mode: 0o600 })
    writeFileSync(join(work, SUMS), await sumsOf(work), { mode: 0o600 })
    const archive = join(work, 'backup.tar')
    await create({ file: archive, cwd: work, portable: true, strict: true, mode: 0o600 }, [
      ...ENTRIES,
      ...picturesIn(work),
    ])
    flushed(archive)
    renameSync(archive, target)
    return manifest
  } catch (cause) {
    rmSync(target, { force: true })
    if (cause instanceof ConfigError) throw cause
    if (isDiskFull(cause)) throw cannotWrite(file, cause)
    throw new ConfigError('backup', `cannot be taken: ${(cause as Error).message}`)
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true })
  }
}

/** Two backups at once cannot have one name, and nothing that is there is written over. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw code === 'EEXIST' ? new ConfigError('backup', `${file} already exists`) : cannotWrite(file, cause)
  }
}

/**
 * The store first. Ballots that come meanwhile are then in the log and not yet known to the store, as after a crash; the other
 * way round the log would end before what the store knows of it, and a server would refuse votes.
 * @returns the version of the store's tables
 */
function snapshot({ store, log, secret, data }: Sources, folder: string): number {
  // With half a secret anybody could sign: it is checked before it is kept.
  readSecret(secret)
  copyFileSync(secret, join(folder, 'auth-secret'))
  copyDatabase(store, join(folder, 'roar.db'))
  copyDatabase(log, join(folder, 'log.db'))
  forgetSignedIn(join(folder, 'roar.db'))
  copyPictures(data, folder)
  for (const name of KEPT) chmodSync(join(folder, name), 0o600)
  return storeVersionIn(join(folder, 'roar.db'))
}

/** After the store: a picture is there before its sticker is. One that is taken down meanwhile is in neither, or a letter. */
function copyPictures(data: string, folder: string): void {
  mkdirSync(join(folder, MEDIA), { mode: 0o700 })
  for (const entry of picturesIn(data)) {
    try {
      copyFileSync(join(data, entry), join(folder, entry))
      chmodSync(join(folder, entry), 0o600)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    }
  }
}

/** People and API keys are kept. Sessions and one-time links end with a backup: who has the file, or restores it later, has none. */
function forgetSignedIn(store: string): void {
  const copy = new Database(store)
  try {
    copy.run('PRAGMA secure_delete = ON')
    const isThere = copy.query("SELECT 1 FROM sqlite_master WHERE name = 'credentials'").get() !== null
    // A store of an older program has none.
    if (isThere) copy.run("DELETE FROM credentials WHERE kind <> 'api-key'")
  } finally {
    copy.close()
  }
}

/** One state of a database that others may be writing to; they do not wait. What was deleted from it is not in the copy. */
function copyDatabase(from: string, to: string): void {
  try {
    const db = new Database(from, constants.SQLITE_OPEN_READONLY)
    try {
      db.run('PRAGMA busy_timeout = 5000')
      db.run('VACUUM INTO ?', [to])
    } finally {
      db.close()
    }
  } catch (cause) {
    if (isDiskFull(cause)) throw cause
    throw new ConfigError('backup', `${from} cannot be copied: ${(cause as Error).message}`)
  }
}
