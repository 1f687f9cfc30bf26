import type { Logger } from 'pino'
import type { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import { stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Health } from '../supervision/supervisor.ts'

const LOOK_MS = 500
/**
 * How long a clock that jumped must stay as it is before it is trusted. Schedules act on it then, for good: a time of a second that
 * a correction takes back must not open, close and seal what is due in the meantime.
 */
const STAYS_MS = 10_000
/** By how much it must move meanwhile to have jumped again: less is drift. */
const AGAIN_MS = 1_000

/**
 * Watches the machine's clock. A jump is logged once, and votes are refused. If no poll was open when it came, the clock is trusted once it
 * has stayed for 10 s: a poll that opens meanwhile has no votes yet. Otherwise it is trusted once none is open. A process that refuses
 * votes is not ready for them.
 * @param options.isRight Whether the log's clock shows that a jump has put the machine's right. It is trusted at once then.
 * @param options.fault Why votes cannot be timestamped reliably; undefined: they can. @returns a function that stops
 */
export function watchClock({
  clock,
  directory,
  isRight,
  fault,
  health,
  logger,
}: {
  clock: SteadyClock
  directory: ShowDirectory
  isRight: () => boolean
  fault: () => string | undefined
  health: Health
  logger: Logger
}): () => void {
  /** How far the clock is off since when, in passed time, and whether votes had been taken by then. */
  let jump: { offMs: number; sinceMs: number; hasVotes: boolean } | undefined
  let cancel = () => {}
  const votesAreTaken = (): boolean =>
    directory
      .shows()
      .flatMap((show) => directory.polls(show))
      .some(({ poll }) => stateOf(poll, clock.now()) === 'open')

  /** Notes a jump, another one since, or that the clock is right again. */
  function noteJump(): void {
    const offMs = clock.offMs()
    if (offMs === 0) {
      if (jump) logger.warn("the machine's clock is correct, or trusted, again: accepting votes")
      jump = undefined
    } else if (jump === undefined || Math.abs(offMs - jump.offMs) > AGAIN_MS) {
      if (jump === undefined)
        logger.error(
          { offMs },
          "the machine's clock has jumped: no votes are accepted until it can be trusted",
        )
      jump = { offMs, sinceMs: clock.passedMs(), hasVotes: jump?.hasVotes ?? votesAreTaken() }
    }
  }

  function isTrusted(): boolean {
    // Small steps, too: they must not add up to a jump in the next poll.
    if (jump === undefined) return !votesAreTaken()
    if (isRight()) return true
    return clock.passedMs() - jump.sinceMs >= STAYS_MS && !(jump.hasVotes && votesAreTaken())
  }

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    noteJump()
    if (isTrusted()) {
      clock.believe()
      noteJump()
    }
    const reason = fault()
    if (reason === undefined) health.working()
    else health.waiting(reason)
  }

  look()
  return () => cancel()
}
