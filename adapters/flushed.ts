import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Flushes a file to the disk (fsync). */
export function flushed(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** What a file system says that has no such thing for folders, and one of which only names may be written. */
const NONE = ['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM']

function orNone(cause: unknown): void {
  if (!NONE.includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause
}

/** Flushes a folder's list of names, without which a new name may be gone after a power cut (fsync(2), notes). */
export function flushedNames(folder: string): void {
  try {
    flushed(folder)
  } catch (cause) {
    orNone(cause)
  }
}

/** The same without holding up anything else. */
export async function flushNames(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (cause) {
    orNone(cause)
  }
}
