import type { Clock } from '../../adapters/clock/clock.ts'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable } from '../../protocol/errors.ts'

/** How long a start waits for a log or a store that is starting, too. */
export const THERE_MS_MAX = 30_000
const AGAIN: Backoff = { firstMs: 100, maxMs: 2_000 }

/**
 * Runs a step of the start, and again for 30 s while something that it needs is not there yet: a machine that starts everything at
 * once starts databases and brokers, too. What somebody has to put right is not waited for.
 * @param options.onWaiting Called with the reason, after each failure.
 * @throws the last error of the step
 */
export async function untilThere<T>(
  step: () => Promise<T>,
  { clock, onWaiting }: { clock: Clock; onWaiting: (reason: string) => void },
): Promise<T> {
  const untilMs = clock.passedMs() + THERE_MS_MAX
  for (let failures = 1; ; failures++) {
    try {
      return await step()
    } catch (cause) {
      if (!isRetryable(cause) || clock.passedMs() >= untilMs) throw cause
      onWaiting(cause.message)
      const pauseMs = backoffMs(failures, AGAIN, Math.random)
      await new Promise<void>((next) => clock.after(pauseMs, next))
    }
  }
}
