import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { sealPoll } from '../../engine/polls/life.ts'
import { type Certificate, type Poll, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Control } from './control.ts'
import type { PollChange } from './poll-changes.ts'

/** How late the show's document may be about a poll that opened or closed by its schedule. Votes are taken by the millisecond. */
const LOOK_MS = 250

/** After a seal that did not go well, it is tried again. */
const SEAL_AGAIN_MS = 5_000

/**
 * What nobody calls the studio for: makes a show's document a newer one when a poll of it opens, closes or is revealed by
 * the clock, and seals polls when it is time.
 */
export function startPollSchedule({
  control,
  directory,
  clock,
  logger,
  change,
  certify,
}: {
  control: Control
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  change: (change: PollChange) => Promise<Poll>
  certify: (poll: Poll) => Promise<Certificate>
}): { close(): void } {
  /** Polls that are being sealed, or were tried a moment ago. */
  const sealing = new Set<string>()
  /** What each show's polls were at which version of the show: a producer's change makes a newer show by itself. */
  const seen = new Map<string, { version: number; states: string }>()
  let cancel = () => {}

  function sealWhenDue(poll: Poll): void {
    const { show, poll: id, seals, closes, graceMs, sealed } = poll
    const name = `${show}/${id}`
    if (seals === undefined || sealed !== undefined || sealing.has(name)) return
    if (clock.now() < Math.max(seals, closes! + graceMs)) return
    sealing.add(name)
    change({ show, poll: id, who: 'schedule', action: 'seal', act: sealPoll, certify }).then(
      () => sealing.delete(name),
      (cause) => {
        logger.error(
          { err: cause, show, poll: id },
          'a poll could not be sealed by its schedule; trying again',
        )
        clock.after(SEAL_AGAIN_MS, () => sealing.delete(name))
      },
    )
  }

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    for (const show of directory.shows()) {
      for (const { poll } of directory.polls(show)) sealWhenDue(poll)
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
