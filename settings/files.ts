import { readFileSync, statSync } from 'node:fs'
import { ConfigError } from './config-error.ts'

/** A text that a setting names by its path. @throws ConfigError, under the setting's name, when it cannot be read */
export function readNamedFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(name, `${JSON.stringify(path)} cannot be read: ${whyUnreadable(cause)}`)
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'this user is not allowed to',
  EPERM: 'the system does not allow it',
}

/** Why a file cannot be read, in words of ours where it is one of the usual reasons. */
export function whyUnreadable(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return REASONS[code] ?? message
}

/** Another text once the file has changed, or another stands in its place; undefined while there is none. */
export function stampOf(path: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}
