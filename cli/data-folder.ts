import { Database } from 'bun:sqlite'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RoarError } from '../protocol/errors.ts'
import { ConfigError } from '../settings/config-error.ts'
import { writeWhole } from './whole-file.ts'

/** The folder of one server, locked so that only one process at a time counts in it. */
export interface DataFolder {
  file(name: string): string
  /** A random secret of `SECRET_BYTES`, created at the first call and kept in the folder, readable by its owner alone. */
  secret(name: string): Uint8Array
  /** Releases the lock, so that another process can have the folder. */
  release(): void
}

const SECRET_BYTES = 32
/** Advice for commands run beside a server: the server creates the folder and its secret. */
const ADVICE: Record<string, string> = {
  EACCES:
    "permission denied; run this as the server's user, as in sudo -u roar, or give a token or the auth-secret",
  ENOENT: 'no server has its data there; name its folder (--data), or give a token or the auth-secret',
}

/** Folders open in this process, and what its umask is without them. */
let openFolders = 0
let usualUmask = 0

/** The files created in a folder are its owner's alone, also where the folder existed before and is open to others. */
function closeToOthers(): void {
  const umask = process.umask(0o077)
  if (openFolders++ === 0) usualUmask = umask
}

function openToOthers(): void {
  if (--openFolders === 0) process.umask(usualUmask)
}

/** A disk that is full or fails, and what a process or its machine has none of any more (errno(3), sqlite.org/rescode.html). */
const MAY_PASS = /^(EDQUOT|EIO|EMFILE|ENFILE|ENOMEM|ENOSPC|SQLITE_(FULL|IOERR|NOMEM))/

/**
 * What a file or folder of the server is called that cannot be used: where that may pass, retryable, so that the start waits and its
 * supervisor tries again; otherwise an error of the setting, for who has to put it right.
 */
export function unusable(setting: 'data' | 'store', sentence: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException
  const said = `${sentence}: ${message}`
  return MAY_PASS.test(code ?? '')
    ? new RoarError('store_unavailable', said, { cause })
    : new ConfigError(setting, said)
}

/** @throws ConfigError when the folder cannot be created or written, or another process has it; as `unusable` says */
export function openDataFolder(path: string): DataFolder {
  const file = (name: string) => join(path, name)
  closeToOthers()
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK)
    const unlock = takeLock(file('lock.db'), { setting: 'data', what: path })
    return {
      file,
      secret: (name) => readOrMakeSecret(file(name)),
      release() {
        unlock()
        openToOthers()
      },
    }
  } catch (cause) {
    openToOthers()
    if (cause instanceof ConfigError) throw cause
    throw unusable('data', `${path} cannot be used`, cause)
  }
}

/** How the name of the folder begins into which a restore unpacks, within the data folder. */
export const RESTORING = 'restoring-'

/** Whether a restore into this folder did not come to its end, as after a kill: its last step is to put the store there. */
export const isHalfRestored = (path: string): boolean =>
  !existsSync(join(path, 'roar.db')) && readdirSync(path).some((name) => name.startsWith(RESTORING))

/**
 * Takes a lock that the kernel holds for as long as this process lives, however it ends. A pid file would outlive the process,
 * and its number may become another's. Returns the function that releases it; the file stays, so that nobody can hold a lock on a
 * deleted file.
 */
export function takeLock(
  file: string,
  { setting, what }: { setting: 'data' | 'store'; what: string },
): () => void {
  const lock = new Database(file, { create: true })
  try {
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if ((cause as { code?: string }).code !== 'SQLITE_BUSY') throw cause
    throw new ConfigError(setting, `${what} is in use by another process`)
  }
  return () => lock.close()
}

/** @throws ConfigError when there is none and none can be created, and as `readSecret` does */
function readOrMakeSecret(path: string): Uint8Array {
  if (!existsSync(path)) writeWhole(path, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600 })
  return readSecret(path)
}

/** The secret that signs and verifies HS256 tokens under these settings. @throws ConfigError as `readSecret` does */
export const secretOf = (config: { data: string; 'auth-secret': string }): Uint8Array =>
  config['auth-secret'] === ''
    ? readSecret(join(config.data, 'auth-secret'))
    : new TextEncoder().encode(config['auth-secret'])

/** The store's SQLite file under these settings; undefined for a database elsewhere. */
export const storeFileOf = ({ data, store }: { data: string; store: string }): string | undefined =>
  store === '' || store.startsWith('sqlite:')
    ? store.slice('sqlite:'.length) || join(data, 'roar.db')
    : undefined

/** What a store that cannot be opened is called: by its file alone, as an address may hold a password. */
export function unopenedStore(file: string | undefined, cause: unknown): Error {
  const what = file === undefined ? '' : `${file} `
  return unusable('store', `${what}cannot be opened`, cause)
}

/** @throws ConfigError for a file that does not hold a whole secret: with half of one anybody could sign. */
export function readSecret(path: string): Uint8Array {
  try {
    const secret = new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64url'))
    if (secret.length === SECRET_BYTES) return secret
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    throw new ConfigError('data', `${path} cannot be read: ${ADVICE[code] ?? message}`)
  }
  throw new ConfigError('data', `${path} is not a secret of Roar; delete it to have a new one created`)
}
