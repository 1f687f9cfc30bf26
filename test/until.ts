import { HANG_MS } from './hang.ts'

/** Sooner than a test's own limit, which does not say what was waited for; long enough for a machine with much else to do. */
const GIVE_UP_MS = 0.8 * HANG_MS

/** Between two questions: short at first, and never so often that asking costs more than what is waited for. */
const PAUSE_MS = { least: 10, most: 50 }

/**
 * Asks until the answer is as it should be, where no event tells, and resolves to it.
 * @param isSo Default: the answer is true. @param options.giveUpMs Default 384 s.
 * @throws what was asked for and the last answer, when it gives up
 */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  isSo: (answer: Answer) => boolean = Boolean,
  { giveUpMs = GIVE_UP_MS }: { giveUpMs?: number } = {},
): Promise<Answer> {
  for (const startMs = performance.now(); ; ) {
    const answer = await ask()
    if (isSo(answer)) return answer
    const waitedMs = performance.now() - startMs
    if (waitedMs > giveUpMs) throw new Error(`not so: ${ask} ${isSo}, but ${Bun.inspect(answer)}`)
    await Bun.sleep(Math.min(PAUSE_MS.least + waitedMs / 20, PAUSE_MS.most))
  }
}
