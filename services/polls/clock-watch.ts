import type { Logger } from 'pino'
import type { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import { stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Health } from '../supervision/supervisor.ts'

const LOOK_MS = 500

/**
 * Watches the machine's clock. A jump is logged once; votes are refused while a poll is open, and once none is open the clock is
 * trusted again. A process that refuses votes is not ready for them.
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
  let isOff = false
  let cancel = () => {}
  const votesAreTaken = (): boolean =>
    directory
      .shows()
      .flatMap((show) => directory.polls(show))
      .some(({ poll }) => stateOf(poll, clock.now()) === 'open')

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    // Small steps, too: they must not add up to a jump in the next poll.
    if (!votesAreTaken() || (clock.offMs() !== 0 && isRight())) clock.believe()
    const reason = fault()
    if (reason === undefined) health.working()
    else health.waiting(reason)
    const offMs = clock.offMs()
    if (offMs === 0) {
      if (isOff) logger.warn("the machine's clock is correct, or trusted, again: accepting votes")
      isOff = false
    } else if (!isOff) {
      isOff = true
      logger.error(
        { offMs },
        "the machine's clock has jumped while a poll is open: no votes are accepted until it is right",
      )
    }
  }

  look()
  return () => cancel()
}
