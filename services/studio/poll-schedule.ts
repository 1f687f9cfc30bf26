import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Control } from './control.ts'

/** How late the show's document may be about a poll that opened or closed by its schedule. Votes are taken by the millisecond. */
const LOOK_MS = 250

/** Makes a show's document a newer one when a poll of it opens or closes by the clock: nobody calls the studio then. */
export function startPollSchedule({
  control,
  directory,
  clock,
  logger,
}: {
  control: Control
  directory: ShowDirectory
  clock: Clock
  logger: Logger
}): { close(): void } {
  /** What each show's polls were at which version of the show: a producer's change makes a newer show by itself. */
  const seen = new Map<string, { version: number; states: string }>()
  let cancel = () => {}

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    for (const show of directory.shows()) {
      const { version } = directory.get(show).show
      const states = directory
        .polls(show)
        .map(({ poll }) => stateOf(poll, clock.now()))
        .join()
      const before = seen.get(show)
      seen.set(show, { version, states })
      if (before === undefined || before.states === states || before.version !== version) continue
      control
        .inTurn(show, () => control.announce(show))
        .catch((cause) => logger.error({ err: cause, show }, "a show's new version could not be told"))
    }
  }

  look()
  return { close: () => cancel() }
}
