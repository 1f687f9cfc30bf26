import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { inDiskTurn } from '../disk-turn.ts'
import { replaceFile } from '../replace-file.ts'
import { turns } from '../turns.ts'
import { within } from '../within.ts'
import { checkedName, type MediaStore } from './media.ts'

/**
 * Pictures as files in a folder, which is created with the first one. Several processes may share it, as on a network's disk. One
 * call at a time, so that of those that a disk leaves hanging only the first is made: the others wait for as long as they may take.
 * @param options.answerMs How long it may take, in milliseconds; after that it is `media_unavailable`. Default 10 s.
 */
export function mediaFiles(folder: string, { answerMs = ANSWER_MS } = {}): MediaStore {
  const inTurn = turns()
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    let isGivenUp = false
    try {
      return await answered(
        inTurn(() => (isGivenUp ? Promise.reject(noAnswer()) : work())),
        answerMs,
      )
    } finally {
      isGivenUp = true
    }
  }
  const fileOf = (name: string) => join(folder, checkedName(name))
  return {
    put: (name, bytes) =>
      reached(async () => {
        const file = fileOf(name)
        await inDiskTurn(() => mkdir(folder, { recursive: true, mode: 0o700 }))
        await replaceFile(file, bytes, `${file}.${crypto.randomUUID()}`)
      }),
    get: (name) =>
      reached(async () => {
        try {
          return new Uint8Array(await inDiskTurn(() => readFile(fileOf(name))))
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
          throw cause
        }
      }),
    delete: (name) => reached(() => inDiskTurn(() => rm(fileOf(name), { force: true }))),
  }
}

const ANSWER_MS = 10_000

async function answered<T>(work: Promise<T>, answerMs: number): Promise<T> {
  try {
    return await within(answerMs, work, noAnswer)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    // Not an error of the disk: a programming error, or told already.
    if (code === undefined || cause instanceof RoarError) throw cause
    throw unusable(code, cause)
  }
}

const unusable = (why: string, cause?: unknown): RoarError =>
  new RoarError('media_unavailable', `the folder of pictures cannot be used: ${why}`, { cause })

const noAnswer = (): RoarError => unusable('no answer')
