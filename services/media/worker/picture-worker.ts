import { createRequire } from 'node:module'
import type { default as Sharp } from 'sharp'
import { convert } from './convert.ts'
import { Refusal } from './refusal.ts'
import type { WorkerAnswer } from './worker-answer.ts'

/** Longer than the parent waits. */
const LIVES_MS_MAX = 150_000

/** A process for one picture: reads it from stdin, writes the result to stdout, and does nothing else. */
export const exitCode: number = await work()

async function work(): Promise<number> {
  // The Lottie player's pending work does not keep a process alive; and a process without a parent must end itself.
  const held = setTimeout(() => process.exit(1), LIVES_MS_MAX)
  const answer = JSON.stringify(await answerTo(await Bun.stdin.bytes()))
  // A pipe buffers only so much, and an exit does not wait for the rest.
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

/**
 * Where it may have been installed for the program: beside it, or, as nothing belongs beside /usr/bin/roar, where machines keep
 * what their administrators add.
 */
const BESIDE = [process.execPath, '/usr/local/lib/roar/roar']

/**
 * Its native part is a separate file, which a build does not contain: it can be installed beside the program (docs/install.md).
 */
async function load(): Promise<typeof Sharp | undefined> {
  try {
    return (await import('sharp')).default
  } catch {
    for (const program of BESIDE) {
      const sharp = loadedFor(program)
      if (sharp !== undefined) return sharp
    }
    return undefined
  }
}

function loadedFor(program: string): typeof Sharp | undefined {
  try {
    return createRequire(program)('sharp') as typeof Sharp
  } catch {
    return undefined
  }
}
