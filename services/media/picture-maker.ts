import { createHash } from 'node:crypto'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { anotherProcess } from '../another-process.ts'
import { processCpuMs } from '../process-cpu.ts'
import { FairTurns, TooManyWait } from './fair-turns.ts'
import type { WorkerAnswer } from './worker/worker-answer.ts'

/** A picture that is ready to be kept. */
export interface MadePicture {
  name: string
  bytes: Uint8Array<ArrayBuffer>
}

/** The word that makes a process of this program one for a picture. */
export const PICTURE_WORKER = 'picture-worker'
const COMMAND = anotherProcess(PICTURE_WORKER, join(import.meta.dir, 'worker/picture-worker.ts'))

/** Processes at once. Two, so that what one account sends keeps nobody else waiting, however long it takes. */
const AT_ONCE = 2
/** Pictures that wait their turn, of everybody and of one account; one more is refused. */
const WAITING_MAX = 16
const OF_ONE_MAX = 8
/**
 * What a picture may take of the cores, in milliseconds; one that takes more is given up, its process killed. The heaviest that
 * are let in (150 frames of noise) take two thirds of it.
 */
const CPU_MS_MAX = 10_000
const CPU_LOOK_MS = 250
/** The same by the clock: it is long, as taps come first on a busy machine, and for what waits and does nothing. */
const TAKES_MS_MAX = 120_000
/** What a process may say: two pictures in base64. */
const SAYS_BYTES_MAX = 2 ** 22
/** Taps come first: this is how little the kernel gives it while others want the core. */
const NICE = 15

/**
 * Makes the pictures of stickers, each in a process of its own, and of one account one after another: one that takes too much, or brings
 * its decoder down, stops nothing else.
 */
export class PictureMaker {
  readonly #turns = new FairTurns({ atOnce: AT_ONCE, waitingMax: WAITING_MAX, ofOneMax: OF_ONE_MAX })
  readonly #cpuMsMax: number

  /** @param options.cpuMsMax What one picture may take of the cores, in milliseconds. Default: `CPU_MS_MAX`. */
  constructor({ cpuMsMax = CPU_MS_MAX }: { cpuMsMax?: number } = {}) {
    this.#cpuMsMax = cpuMsMax
  }

  /** @param account Who sends it. @throws RoarError bad_picture, media_off where this program lacks the library, overloaded */
  async make(
    bytes: Uint8Array<ArrayBuffer>,
    account: string,
  ): Promise<{ image: MadePicture; thumb: MadePicture }> {
    try {
      return await this.#turns.take(account, () => made(bytes, this.#cpuMsMax))
    } catch (cause) {
      if (cause instanceof TooManyWait)
        throw new RoarError('overloaded', 'other pictures are being processed', { retryAfterS: 5 })
      throw cause
    }
  }
}

async function made(
  bytes: Uint8Array<ArrayBuffer>,
  cpuMsMax: number,
): Promise<{ image: MadePicture; thumb: MadePicture }> {
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
  const looking = setInterval(() => {
    if (cpuMsOf(worker.pid) > cpuMsMax) worker.kill('SIGKILL')
  }, CPU_LOOK_MS)
  let said: string
  let exitCode: number
  try {
    said = await new Response(worker.stdout).text()
    exitCode = await worker.exited
  } finally {
    // Its number may be another process's from now on.
    clearInterval(looking)
  }
  if (exitCode !== 0) throw new RoarError('bad_picture', 'decoding it failed or took too long')
  const answer = JSON.parse(said) as WorkerAnswer
  if ('refused' in answer) throw new RoarError('bad_picture', answer.refused)
  if ('missing' in answer)
    throw new RoarError(
      'media_off',
      'this build lacks the picture library: run npm install sharp in its folder',
    )
  return { image: pictureOf(answer.image), thumb: pictureOf(answer.thumb) }
}

/** What a process has had of the cores, in milliseconds. 0 where the system does not say so. */
function cpuMsOf(pid: number): number {
  try {
    return processCpuMs(pid)
  } catch {
    // No Linux, or it has just ended: the clock alone holds it.
    return 0
  }
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
