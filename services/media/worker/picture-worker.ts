import { createRequire } from 'node:module'
import type { default as Sharp } from 'sharp'
import { convert } from './convert.ts'
import { Refusal } from './refusal.ts'
import type { WorkerAnswer } from './worker-answer.ts'

/** Longer than its parent waits. */
const LIVES_MS_MAX = 150_000

/** A process for one picture: it comes on stdin, what is made of it goes to stdout, and nothing else is done. */
export const exitCode: number = await work()

async function work(): Promise<number> {
  // What the player of a Lottie waits for keeps no process alive; and one whose parent is gone has nobody who ends it.
  const held = setTimeout(() => process.exit(1), LIVES_MS_MAX)
  const answer = JSON.stringify(await answerTo(await Bun.stdin.bytes()))
  // A pipe takes so much at once, and an exit does not wait for the rest.
  await new Promise<void>((sent) => process.stdout.write(answer, () => sent()))
  clearTimeout(held)
  return 0
}

async function answerTo(bytes: Uint8Array): Promise<WorkerAnswer> {
  const sharp = await load()
  if (sharp === undefined) return { missing: true }
  try {
    const { image, thumb } = await convert(sharp, bytes)
    return { image: image.toBase64(), thumb: thumb.toBase64() }
  } catch (cause) {
    if (cause instanceof Refusal) return { refused: cause.message }
    throw cause
  }
}

/** Its native part is a file of its own, which a build does not have in it: there it may be installed beside the program (docs/install.md). */
async function load(): Promise<typeof Sharp | undefined> {
  try {
    return (await import('sharp')).default
  } catch {
    try {
      return createRequire(process.execPath)('sharp') as typeof Sharp
    } catch {
      return undefined
    }
  }
}
