/** Sooner than a test's own limit, which does not say what was waited for; long enough for a machine with much else to do. */
const GIVE_UP_MS = 100_000

/**
 * Asks until the answer is as it should be, where no event tells, and resolves to it.
 * @param isSo Default: the answer is true. @throws what was asked for and the last answer, after 100 s
 */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  isSo: (answer: Answer) => boolean = Boolean,
): Promise<Answer> {
  for (const giveUpMs = performance.now() + GIVE_UP_MS; ; await Bun.sleep(10)) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (performance.now() > giveUpMs) throw new Error(`not so: ${ask} ${isSo}, but ${Bun.inspect(answer)}`)
  }
}
