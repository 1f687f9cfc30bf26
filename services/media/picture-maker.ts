import { createHash } from 'node:crypto'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { anotherProcess } from '../another-process.ts'
import type { WorkerAnswer } from './worker/worker-answer.ts'

/** A picture that is ready to be kept. */
export interface MadePicture {
  name: string
  bytes: Uint8Array<ArrayBuffer>
}

/** The word that makes a process of this program one for a picture. */
export const PICTURE_WORKER = 'picture-worker'
const COMMAND = anotherProcess(PICTURE_WORKER, join(import.meta.dir, 'worker/picture-worker.ts'))

/** Pictures that wait their turn; one more is refused. */
const WAITING_MAX = 16
/** A picture that takes longer is given up, its process killed. */
const TAKES_MS_MAX = 30_000
/** What a process may say: two pictures in base64. */
const SAYS_BYTES_MAX = 2 ** 22
/** Taps come first: this is how little the kernel gives it while others want the core. */
const NICE = 15

/**
 * Makes the pictures of stickers, one after another, each in a process of its own: one that takes too long, or brings its
 * decoder down, stops nothing else.
 */
export class PictureMaker {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @throws RoarError bad_picture, media_off where this program lacks the library, overloaded */
  async make(bytes: Uint8Array<ArrayBuffer>): Promise<{ image: MadePicture; thumb: MadePicture }> {
    if (this.#waiting >= WAITING_MAX)
      throw new RoarError('overloaded', 'other pictures are being made', { retryAfterS: 5 })
    this.#waiting++
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    try {
      await before
      return await made(bytes)
    } finally {
      this.#waiting--
      resolve()
    }
  }
}

async function made(bytes: Uint8Array<ArrayBuffer>): Promise<{ image: MadePicture; thumb: MadePicture }> {
  const worker = Bun.spawn(COMMAND, {
    stdin: bytes,
    stdout: 'pipe',
    stderr: 'ignore',
    // Nothing of ours, no secret above all.
    env: {},
    timeout: TAKES_MS_MAX,
    killSignal: 'SIGKILL',
    maxBuffer: SAYS_BYTES_MAX,
  })
  yieldTo(worker.pid)
  const said = await new Response(worker.stdout).text()
  if ((await worker.exited) !== 0)
    throw new RoarError('bad_picture', 'it took too long, or its decoder gave up')
  const answer = JSON.parse(said) as WorkerAnswer
  if ('refused' in answer) throw new RoarError('bad_picture', answer.refused)
  if ('missing' in answer)
    throw new RoarError('media_off', 'this build has no library for pictures: npm install sharp beside it')
  return { image: pictureOf(answer.image), thumb: pictureOf(answer.thumb) }
}

function pictureOf(base64: string): MadePicture {
  const bytes = Uint8Array.fromBase64(base64)
  return { bytes, name: `${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.webp` }
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, NICE)
  } catch {
    // It has ended already.
  }
}
