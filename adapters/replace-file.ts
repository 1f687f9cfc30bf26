import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { inDiskTurn } from './disk-turn.ts'
import { flushNames } from './flushed.ts'

/**
 * Writes a file atomically and durably, for this user alone: until it is complete and on the disk the old one stays, and a
 * failure leaves nothing behind. Resolves to the result of `write`; the file stays open, for its new owner to use or close.
 * @param write Writes in `inDiskTurn`.
 * @param unfinished Its name until then. If several processes write into one folder each needs a different name.
 */
export async function replacedFile<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  unfinished = `${path}.new`,
): Promise<T> {
  const file = await inDiskTurn(() => open(unfinished, 'w', 0o600))
  try {
    const written = await write(file)
    await inDiskTurn(() => file.datasync())
    await inDiskTurn(() => rename(unfinished, path))
    await inDiskTurn(() => flushNames(dirname(path)))
    return written
  } catch (cause) {
    await file.close()
    // It may be what fills the disk.
    await inDiskTurn(() => rm(unfinished, { force: true }))
    throw cause
  }
}

/** The same for complete contents. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  unfinished?: string,
): Promise<void> {
  const whole = async (file: FileHandle) => {
    await inDiskTurn(() => file.writeFile(content))
    return file
  }
  await (await replacedFile(path, whole, unfinished)).close()
}
