import { constants, Database } from 'bun:sqlite'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { create } from 'tar'
import { flushed, flushedNames } from '../../adapters/flushed.ts'
import { version } from '../../package.json'
import { ConfigError } from '../../settings/config-error.ts'
import { readSecret } from '../data-folder.ts'
import { megabytes, Progress } from '../progress.ts'
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

export interface Sources {
  store: string
  log: string
  secret: string
  /** The data folder; its pictures are part of the backup. */
  data: string
}

/**
 * Writes all that an installation keeps into one file; the server may be running. It needs space for two copies beside the file.
 * The file appears whole or not at all, except that a kill leaves an empty one.
 * @throws ConfigError when the file exists already, and for anything that cannot be read or written
 */
export async function takeBackup(sources: Sources, file: string): Promise<Manifest> {
  const target = resolve(file)
  using progress = new Progress()
  reserve(target)
  let work: string | undefined
  try {
    work = mkdtempSync(`${target}.unfinished-`)
    // Taken before the copies: they contain everything confirmed up to this time.
    const takenAt = new Date().toISOString()
    const store = snapshot(sources, work, progress)
    const manifest = { form: FORM, roar: version, takenAt, store }
    writeFileSync(join(work, MANIFEST), `${JSON.stringify(manifest, undefined, 1)}\n`, { mode: 0o600 })
    writeFileSync(join(work, SUMS), await sumsOf(work, progress), { mode: 0o600 })
    const archive = join(work, 'backup.tar')
    progress.begins('writing the file')
    await create({ file: archive, cwd: work, portable: true, strict: true, mode: 0o600 }, [
      ...ENTRIES,
      ...picturesIn(work),
    ])
    flushed(archive)
    renameSync(archive, target)
    flushedNames(dirname(target))
    return manifest
  } catch (cause) {
    rmSync(target, { force: true })
    if (cause instanceof ConfigError) throw cause
    if (isDiskFull(cause)) throw cannotWrite(file, cause)
    throw new ConfigError('backup', `cannot be made: ${(cause as Error).message}`)
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true })
  }
}

/** Creates the file exclusively: two backups at once cannot share a name, and nothing existing is overwritten. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw code === 'EEXIST' ? new ConfigError('backup', `${file} already exists`) : cannotWrite(file, cause)
  }
}

/**
 * Copies the store first. Ballots that arrive meanwhile are then in the log and not yet known to the store, as after a crash. In
 * the other order the log would end before what the store knows of it, and a server would refuse votes.
 * @returns the store's schema version
 */
function snapshot({ store, log, secret, data }: Sources, folder: string, progress: Progress): number {
  // Checked before it is copied: with half a secret anybody could sign.
  readSecret(secret)
  copyFileSync(secret, join(folder, 'auth-secret'))
  for (const [from, name] of [
    [store, 'roar.db'],
    [log, 'log.db'],
  ] as const) {
    if (existsSync(from)) progress.begins(`copying ${name}: ${megabytes(statSync(from).size)}`)
    copyDatabase(from, join(folder, name))
  }
  forgetSignedIn(join(folder, 'roar.db'))
  copyPictures(data, folder)
  for (const name of KEPT) chmodSync(join(folder, name), 0o600)
  return storeVersionIn(join(folder, 'roar.db'))
}

/**
 * Copied after the store: a picture exists before its sticker does. One deleted meanwhile is missing from both, and its sticker
 * shows as a letter.
 */
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

/**
 * Keeps people and API keys, and deletes sessions and one-time links: whoever holds or restores the backup must not inherit them.
 */
function forgetSignedIn(store: string): void {
  const copy = new Database(store)
  try {
    copy.run('PRAGMA secure_delete = ON')
    const isThere = copy.query("SELECT 1 FROM sqlite_master WHERE name = 'credentials'").get() !== null
    // A store of an older program has no such table.
    if (isThere) copy.run("DELETE FROM credentials WHERE kind <> 'api-key'")
  } finally {
    copy.close()
  }
}

/**
 * Copies one consistent state of a database that others may be writing to, without blocking them. Deleted rows are not in the
 * copy.
 */
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
