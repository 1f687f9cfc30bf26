import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './config.ts'

/** The folder of one server: only one process at a time may count in it. */
export interface DataFolder {
  file(name: string): string
  /** A random secret of `SECRET_BYTES`, made at the first call and kept in the folder, readable by its owner alone. */
  secret(name: string): Uint8Array
  /** Lets another process have the folder. */
  release(): void
}

const SECRET_BYTES = 32

/** @throws ConfigError when the folder can not be made or written, or another process has it */
export function openDataFolder(path: string): DataFolder {
  const file = (name: string) => join(path, name)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    takeLock(file('lock'), path)
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('data', `${path} can not be used: ${(cause as Error).message}`)
  }
  return {
    file,
    secret: (name) => readOrMakeSecret(file(name)),
    release: () => rmSync(file('lock'), { force: true }),
  }
}

/** The lock names its holder, so that what a killed process left behind is recognised. */
function takeLock(lock: string, folder: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
      return
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    }
    const holder = Number(readFileSync(lock, 'utf8'))
    if (holder !== process.pid && isRunning(holder)) {
      throw new ConfigError('data', `${folder} is in use by process ${holder}`)
    }
    rmSync(lock, { force: true })
  }
  throw new ConfigError('data', `${folder} is in use by another process`)
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** @throws ConfigError for a file that holds anything else than a whole secret: with half of one anybody could sign. */
function readOrMakeSecret(path: string): Uint8Array {
  try {
    if (!existsSync(path)) makeSecret(path)
    const secret = new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64url'))
    if (secret.length === SECRET_BYTES) return secret
  } catch (cause) {
    throw new ConfigError('data', `${path} can not be read or made: ${(cause as Error).message}`)
  }
  throw new ConfigError('data', `${path} is not a secret of this program; without it a new one is made`)
}

/** Under its name only once it is whole and on the disk: a crash or a full disk leaves none. */
function makeSecret(path: string): void {
  const unfinished = `${path}.new`
  writeFileSync(unfinished, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flush: true })
  renameSync(unfinished, path)
}
