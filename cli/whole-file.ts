import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { flushedNames } from '../adapters/flushed.ts'
import { ConfigError } from '../settings/config-error.ts'

/** The system's reasons why a file cannot be written (errno(3)), in plain words. */
const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota of its disk is used up',
  EFBIG: 'it would be larger than files may be here',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'its folder is a file',
  EPERM: 'the system does not allow it',
  EPIPE: 'its reader has gone',
  EROFS: 'the file system is read-only',
  SQLITE_FULL: 'the disk is full',
}

/** Whether writing failed, rather than reading what is written. */
export const isDiskFull = (cause: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'SQLITE_FULL'].includes((cause as { code?: string }).code ?? '')

/** Why a file cannot be written, in one sentence that names it. */
export function cannotWrite(file: string, cause: unknown): ConfigError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new ConfigError(file, `cannot be written: ${REASONS[code] ?? message}`)
}

/**
 * Writes a file atomically and durably: until it is whole and on the disk the old file stays, and a failure leaves nothing
 * behind.
 * @param options.mode Of a new file; an existing one keeps its own. Default: by the umask.
 * @throws ConfigError that names the file
 */
export function writeWhole(file: string, text: string, { mode }: { mode?: number } = {}): void {
  const writing = new WholeFile(file, mode)
  writing.add(text)
  writing.end()
}

/** Like `writeWhole`, piece by piece. Errors of the source are thrown unchanged. */
export async function writeWholeFrom(file: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const writing = new WholeFile(file)
  try {
    for await (const piece of pieces) writing.add(piece)
  } catch (cause) {
    writing.abandon()
    throw cause
  }
  writing.end()
}

class WholeFile {
  readonly #file: string
  /** Where the bytes go: a file beside the target, or the target itself if it is a pipe or a device. */
  #written = ''
  #target = ''
  #descriptor: number | undefined

  constructor(file: string, mode = 0o666) {
    this.#file = file
    this.#attempt(() => {
      const there = statSync(file, { throwIfNoEntry: false })
      if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
      // A symbolic link stays one: its target is written.
      this.#target = there === undefined ? file : realpathSync(file)
      const isPlain = there === undefined || there.isFile()
      this.#written = isPlain ? `${this.#target}.${process.pid}.part` : file
      this.#descriptor = openSync(this.#written, 'w', mode)
      // The umask applies to new files only.
      if (!isPlain || there === undefined) return
      // Whoever could read it, such as a server that runs as another user, still can. Only root may change a file's owner.
      if (process.getuid?.() === 0) fchownSync(this.#descriptor, there.uid, there.gid)
      fchmodSync(this.#descriptor, there.mode)
    })
  }

  add(bytes: string | Uint8Array): void {
    this.#attempt(() => writeFileSync(this.#descriptor!, bytes))
  }

  end(): void {
    this.#attempt(() => {
      // A pipe or a device has what was written.
      if (this.#written === this.#file) return this.#close()
      fsyncSync(this.#descriptor!)
      this.#close()
      renameSync(this.#written, this.#target)
      flushedNames(dirname(this.#target))
    })
  }

  abandon(): void {
    this.#close()
    if (this.#written !== this.#file) rmSync(this.#written, { force: true })
  }

  #attempt(step: () => void): void {
    try {
      step()
    } catch (cause) {
      this.abandon()
      throw cannotWrite(this.#file, cause)
    }
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
