import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { reachState, sealPoll } from '../../engine/polls/life.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { type Certificate, type Poll, stateOf, votesEndOf } from '../../protocol/polls.ts'
import { takesTwo } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import type { Control } from './control.ts'
import { type PollChange, SCHEDULE } from './poll-changes.ts'

/** How late the show's document may be about a poll that opened or closed by schedule. Votes are judged to the millisecond. */
const LOOK_MS = 250

/**
 * A seal that has not finished this long after it stopped the votes counts as abandoned; if it still runs, one of the two is
 * stored.
 */
const BEGUN_MS = 60_000

/** How long after a failed change it is retried. */
const AGAIN_MS = 5_000

/**
 * Changes without a caller: makes a new version of a show's document when a poll opens, closes or is revealed by the clock, seals
 * polls on schedule, and deletes what a process that ended had no time to delete.
 */
export function startPollSchedule({
  control,
  directory,
  clock,
  logger,
  change,
  certify,
  after,
  keys,
}: {
  control: Control
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  change: (change: PollChange) => Promise<Poll>
  certify: (poll: Poll) => Promise<Certificate>
  /**
   * When seals may begin: each reads all ballots of its poll, beside which a start that reads them takes several times as long.
   * Default: at once.
   */
  after?: Promise<void> | undefined
  keys: Pick<PollKeys, 'forgetRest'>
}): { close(): void } {
  let maySeal = after === undefined
  void after?.then(() => {
    maySeal = true
  })
  /** Shows and polls that are being changed here, or were tried a moment ago. */
  const busy = new Set<string>()
  /** Why those of them failed that were tried last. */
  const failing = new Map<string, string>()
  /** The states of each show's polls, by version of the show: a producer's change makes a newer version by itself. */
  const seen = new Map<string, { version: number; states: string }>()
  /** Polls whose voter key is known to be deleted. */
  const keyless = new Set<string>()
  let cancel = () => {}
  let isClosed = false

  /** Runs a change of one thing at a time. A failed one is retried later, as long as it is due. */
  function attempt(
    { show, poll }: { show: string; poll?: string },
    work: () => Promise<unknown>,
    failed: string,
  ): void {
    const name = poll === undefined ? show : `${show}/${poll}`
    if (busy.has(name)) return
    busy.add(name)
    work().then(
      () => {
        busy.delete(name)
        failing.delete(name)
      },
      (cause: Error & { code?: string }) => {
        // It continues after the restart.
        if (isClosed) return
        const why = `${failed} ${cause.code ?? cause.message}`
        // Once for each reason, however often it is retried.
        if (failing.get(name) !== why) logger.error({ err: cause, show, poll }, `${failed}; retrying`)
        failing.set(name, why)
        clock.after(AGAIN_MS, () => busy.delete(name))
      },
    )
  }

  function make({ show, poll }: Poll, work: Omit<PollChange, 'show' | 'poll' | 'who'>, failed: string): void {
    attempt({ show, poll }, () => change({ show, poll, who: SCHEDULE, ...work }), failed)
  }

  /**
   * Includes a seal begun by hand in a process that has ended since. A schedule is one person's decision: if results take two,
   * the poll stays without votes until somebody requests its seal.
   */
  function isDue(poll: Poll): boolean {
    const { show, seals, sealing, sealed } = poll
    if (sealed !== undefined || takesTwo(directory.get(show).show)) return false
    if (sealing !== undefined && control.now() >= sealing + BEGUN_MS) return true
    return seals !== undefined && control.now() >= Math.max(seals, votesEndOf(poll))
  }

  /**
   * By the log's clock, asked once this process's clock says it is time: the log's may disagree. A seal that has begun continues.
   */
  const sealIfDue = (poll: Poll, at: number): Poll =>
    isDue(poll) || poll.sealing !== undefined ? sealPoll(poll, at) : poll

  /** Once for each poll: after that nobody creates a key. */
  function forget({ show, poll }: Poll): void {
    const name = pollName(show, poll)
    if (keyless.has(name)) return
    const work = () => keys.forgetRest(show, poll).then(() => keyless.add(name))
    attempt({ show, poll }, work, "the key of a poll's voters could not be deleted")
  }

  function lookAt(poll: Poll): void {
    if (poll.forgotten !== undefined) forget(poll)
    if (isDue(poll)) {
      if (!maySeal) return
      make(poll, { action: 'seal', act: sealIfDue, certify }, 'a poll could not be sealed by its schedule')
    } else if (reachState(poll, control.now()) !== poll)
      make(poll, { act: (now) => reachState(now, control.now()) }, "a poll's new state could not be stored")
  }

  /** A poll's state changed by the clock alone: holders of the document are told of a newer version. */
  function announceStates(show: string): void {
    const { version } = directory.get(show).show
    const states = directory
      .polls(show)
      .map(({ poll }) => stateOf(poll, control.now()))
      .join()
    const before = seen.get(show)
    const isTold = before === undefined || before.states === states || before.version !== version
    if (isTold) seen.set(show, { version, states })
    else
      attempt(
        { show },
        () => control.inTurn(show, () => control.announce(show)),
        "a show's new version could not be published",
      )
  }

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    for (const show of directory.shows()) {
      for (const { poll } of directory.polls(show)) lookAt(poll)
      announceStates(show)
    }
  }

  look()
  return {
    close() {
      isClosed = true
      cancel()
    },
  }
}
