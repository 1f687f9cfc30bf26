import { type FileHandle, open, rename, rm } from 'node:fs/promises'

/**
 * Writes a file, for this user alone, that has its name once it is whole and on the disk: until then what was there before is there,
 * and what breaks off leaves nothing. Resolves to what `write` does; the file stays open, for whoever got it to go on with or to close.
 * @param unfinished Its name until then. Where several processes write into one folder each needs a name of its own.
 */
export async function replacedFile<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  unfinished = `${path}.new`,
): Promise<T> {
  const file = await open(unfinished, 'w', 0o600)
  try {
    const written = await write(file)
    await file.datasync()
    await rename(unfinished, path)
    return written
  } catch (cause) {
    await file.close()
    // It may be what the disk has no room for.
    await rm(unfinished, { force: true })
    throw cause
  }
}

/** The same of content that is all there. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  unfinished?: string,
): Promise<void> {
  const whole = async (file: FileHandle) => {
    await file.writeFile(content)
    return file
  }
  await (await replacedFile(path, whole, unfinished)).close()
}
