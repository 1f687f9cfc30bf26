import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { checkedName, type MediaStore } from './media.ts'

/** Pictures as files of a folder, which is made with the first. Several processes may share it. */
export function mediaFiles(folder: string): MediaStore {
  const fileOf = (name: string) => join(folder, checkedName(name))
  return {
    put: (name, bytes) =>
      reached(async () => {
        const file = fileOf(name)
        await mkdir(folder, { recursive: true, mode: 0o700 })
        // Under its name only once it is whole and on the disk.
        const unfinished = `${file}.${crypto.randomUUID()}`
        try {
          const handle = await open(unfinished, 'wx', 0o600)
          try {
            await handle.writeFile(bytes)
            await handle.sync()
          } finally {
            await handle.close()
          }
          await rename(unfinished, file)
        } catch (cause) {
          await rm(unfinished, { force: true })
          throw cause
        }
      }),
    get: (name) =>
      reached(async () => {
        try {
          return new Uint8Array(await readFile(fileOf(name)))
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
          throw cause
        }
      }),
    delete: (name) => reached(() => rm(fileOf(name), { force: true })),
  }
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    // What is no fault of the disk's is a mistake of ours.
    if (code === undefined) throw cause
    throw new RoarError('media_unavailable', `the folder of pictures cannot be used: ${code}`, { cause })
  }
}
