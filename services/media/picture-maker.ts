import { setPriority } from 'node:os'
import { join } from 'node:path'
import { RoarError } from '../../protocol/errors.ts'
import { mediaNameFor } from '../../protocol/media.ts'
import { anotherProcess } from '../another-process.ts'
import { processCpuMs } from '../process-cpu.ts'
import { sha256 } from '../sha256.ts'
import { FairTurns, TooManyWait } from './fair-turns.ts'
import type { WorkerAnswer } from './worker/worker-answer.ts'

/** A picture that is ready to be stored. */
export interface MadePicture {
  name: string
  bytes: Uint8Array<ArrayBuffer>
}

/** The command that makes a process of this program convert one picture. */
export const PICTURE_WORKER = 'picture-worker'
const COMMAND = anotherProcess(PICTURE_WORKER, join(import.meta.dir, 'worker/picture-worker.ts'))

/** Concurrent processes. Two, so that one account's slow picture delays nobody else. */
const AT_ONCE = 2
/** Waiting pictures, in total and of one account; one more is refused. */
const WAITING_MAX = 16
const OF_ONE_MAX = 8
/**
 * Processor time of one picture, in milliseconds; beyond it the process is killed. The heaviest accepted ones (150 frames of
 * noise) need two thirds of it.
 */
const CPU_MS_MAX = 10_000
const CPU_LOOK_MS = 250
/** The same in wall-clock time: long, because taps have priority on a busy machine; it ends what waits and does nothing. */
const TAKES_MS_MAX = 120_000
/** The most output of a process: two pictures in base64. */
const SAYS_BYTES_MAX = 2 ** 22
/** Taps have priority: a process of theirs gets nine times as much of a core. A lower one of ours would wait for long on a busy machine. */
const NICE = 10

/**
 * Makes the pictures of stickers, each in its own process, and one at a time for each account: one that takes too much, or
 * crashes its decoder, affects nothing else.
 */
export class PictureMaker {
  readonly #turns = new FairTurns({ atOnce: AT_ONCE, waitingMax: WAITING_MAX, ofOneMax: OF_ONE_MAX })
  readonly #cpuMsMax: number

  /** @param options.cpuMsMax Processor time of one picture, in milliseconds. Default: `CPU_MS_MAX`. */
  constructor({ cpuMsMax = CPU_MS_MAX }: { cpuMsMax?: number } = {}) {
    this.#cpuMsMax = cpuMsMax
  }

  /** @param account The sender. @throws RoarError bad_picture, media_off if this program lacks the library, overloaded */
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
    // None of our environment, and no secret above all.
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
    // From now on its pid may belong to another process.
    clearInterval(looking)
  }
  if (exitCode !== 0) throw new RoarError('bad_picture', 'decoding it failed or took too long')
  const answer = JSON.parse(said) as WorkerAnswer
  if ('refused' in answer) throw new RoarError('bad_picture', answer.refused)
  if ('missing' in answer)
    throw new RoarError(
      'media_off',
      'pictures need the library sharp, which is not installed: run npm install sharp in the folder of the roar program, or sudo npm install --prefix /usr/local/lib/roar sharp for the whole machine',
    )
  return { image: pictureOf(answer.image), thumb: pictureOf(answer.thumb) }
}

/** Processor time of a process so far, in milliseconds. 0 if the system does not say. */
function cpuMsOf(pid: number): number {
  try {
    return processCpuMs(pid)
  } catch {
    // Not Linux, or the process has just ended: only the wall-clock limit applies.
    return 0
  }
}

function pictureOf(base64: string): MadePicture {
  const bytes = Uint8Array.fromBase64(base64)
  return { bytes, name: mediaNameFor(sha256(bytes)) }
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, NICE)
  } catch {
    // It has ended already.
  }
}
