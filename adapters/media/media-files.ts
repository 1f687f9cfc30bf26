import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { replaceFile } from '../replace-file.ts'
import { checkedName, type MediaStore } from './media.ts'

/** Pictures as files in a folder, which is created with the first one. Several processes may share it. */
export function mediaFiles(folder: string): MediaStore {
  const fileOf = (name: string) => join(folder, checkedName(name))
  return {
    put: (name, bytes) =>
      reached(async () => {
        const file = fileOf(name)
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await replaceFile(file, bytes, `${file}.${crypto.randomUUID()}`)
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
    // Not an error of the disk: a programming error.
    if (code === undefined) throw cause
    throw new RoarError('media_unavailable', `the folder of pictures cannot be used: ${code}`, { cause })
  }
}
