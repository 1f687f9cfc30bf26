import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './config.ts'

/** The folder of one server: only one process at a time may count in it. */
export interface DataFolder {
  file(name: string): string
  /** A random secret of 32 bytes, made at the first call and kept in the folder, readable by its owner alone. */
  secret(name: string): Uint8Array
  /** Lets another process have the folder. */
  release(): void
}

/** @throws ConfigError when the folder can not be made or another process has it */
export function openDataFolder(path: string): DataFolder {
  const file = (name: string) => join(path, name)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new ConfigError('data', `${path} can not be made: ${(cause as Error).message}`)
  }
  takeLock(file('lock'), path)
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
      const descriptor = openSync(lock, 'wx', 0o600)
      writeSync(descriptor, String(process.pid))
      closeSync(descriptor)
      return
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new ConfigError('data', `${folder} can not be written: ${(cause as Error).message}`)
      }
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

function readOrMakeSecret(path: string): Uint8Array {
  try {
    const descriptor = openSync(path, 'wx', 0o600)
    writeSync(descriptor, randomBytes(32).toString('base64url'))
    closeSync(descriptor)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
  return new Uint8Array(Buffer.from(readFileSync(path, 'utf8'), 'base64url'))
}
