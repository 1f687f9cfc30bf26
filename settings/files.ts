import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'

/** Reads a file that a setting names. @throws ConfigError, under the setting's name, when it cannot be read */
export function readNamedFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(name, `${JSON.stringify(path)} cannot be read: ${whyUnreadable(cause)}`)
  }
}

/**
 * Checks that a file can be read, for callers whose own error says less about why. @throws ConfigError, under the setting's name
 */
export function checkReadable(name: string, path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new ConfigError(name, `${JSON.stringify(path)} cannot be read: ${whyUnreadable(cause)}`)
  }
}

/** Checks that a folder is writable, or can be created. @throws ConfigError, under the setting's name */
export function checkFolder(name: string, folder: string): void {
  let there = resolve(folder)
  while (!existsSync(there)) there = dirname(there)
  const what = JSON.stringify(there)
  if (!statSync(there).isDirectory())
    throw new ConfigError(name, `${what} is a file: remove it, or name another folder`)
  try {
    accessSync(there, constants.W_OK)
  } catch (cause) {
    throw new ConfigError(name, `${what} cannot be written: ${whyUnreadable(cause)}`)
  }
}

/** Checks that a file can be created: its folder exists. @throws ConfigError, under the setting's name */
export function checkPlaceOf(name: string, file: string): void {
  const folder = dirname(resolve(file))
  if (!existsSync(folder)) throw new ConfigError(name, `there is no folder ${JSON.stringify(folder)}`)
  checkFolder(name, folder)
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'this user is not allowed to',
  EPERM: 'the system does not allow it',
}

/** Why a file cannot be read; usual reasons in our own words. */
export function whyUnreadable(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return REASONS[code] ?? message
}

/** A value that changes when the file changes or is replaced; undefined while there is none. */
export function stampOf(path: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}
