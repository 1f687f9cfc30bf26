import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { reachState, stepsReached, stopVotes } from '../../engine/polls/life.ts'
import { checkPollChange, type Second } from '../../engine/polls/two-people.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type Certificate, certificateText, type Poll, shortCodeOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { asSeen, isSeen } from '../http/versions.ts'
import { sha256 } from '../sha256.ts'
import type { Control } from './control.ts'
import { checkKept, Faster, untilKept } from './races.ts'
import { checkTellable } from './told.ts'
import { trailSince } from './trail-since.ts'

/** A change of a poll, by a producer or by its schedule. */
export interface PollChange {
  show: string
  poll: string
  who: string
  /** The verb for the audit trail; absent for what the clock alone has brought. */
  action?: string
  /** What was requested, if the verb does not say it all. */
  detail?: unknown
  /** The version that the producer saw, from `If-Match`; undefined: any. */
  ifMatch?: string | undefined
  /** Returns the poll after the change: the same poll if it is in place already. Throws if it is impossible. */
  act: (poll: Poll, at: number) => Poll
  /** The approver, if the show's results take two people. */
  second?: Second | undefined
  /** Runs once the change is in the trail, and again if somebody repeats it. Must be idempotent. */
  after?: ((poll: Poll) => Promise<void>) | undefined
  /** For a seal: makes the certificate, once every role knows that no vote is accepted any more. */
  certify?: ((poll: Poll) => Promise<Certificate>) | undefined
}

/** Who acts where the times of a poll or show act. */
export const SCHEDULE = 'schedule'

const codeOf = ({ statement }: Certificate): string => shortCodeOf(sha256(certificateText(statement)))

/**
 * Changes polls, one change at a time for each. A change takes effect from the first millisecond at which every role has read it,
 * and the promise resolves then.
 */
export function pollChanges({
  store,
  control,
  directory,
  clock,
}: {
  store: { polls: PollStore }
  control: Control
  directory: ShowDirectory
  clock: Clock
}): (change: PollChange) => Promise<Poll> {
  /** The stored poll, or the published one if that is newer, as with a restored backup; and whether it was published. */
  async function newest(
    show: string,
    id: string,
  ): Promise<{ known: Poll; replaces: number; isTold: boolean }> {
    const stored = await store.polls.find(show, id)
    const isTold = stored === undefined || directory.learn(stored)
    return { known: directory.poll(show, id).poll, replaces: stored?.version ?? 0, isTold }
  }

  /** Stores a poll's change, and announces it. @returns the poll as it is then @throws Faster if another studio was faster */
  async function keep(poll: Poll, write: Parameters<PollStore['save']>[1]): Promise<Poll> {
    checkTellable(poll)
    // Before any `await`: votes accepted by this process while it is being written must use the new times already. A seal changes
    // nothing for them, and nobody may see it before its certificate is there.
    const isSeal = write.certificate !== undefined
    const takeBack = isSeal ? undefined : directory.anticipate(poll)
    const known = await control.inTurn(poll.show, async () => {
      try {
        checkKept(await store.polls.save(poll, write))
      } catch (cause) {
        takeBack?.()
        throw cause
      }
      if (isSeal) directory.learn(poll)
      return control.announce(poll.show, poll)
    })
    return known ?? poll
  }

  /** Resolves when the stored change is in effect everywhere. */
  const holding = () => new Promise<void>((resolve) => clock.after(control.leadMs, resolve))

  /**
   * Adds the steps to the trail that the poll took by its schedule. Each is taken once: one that is there already was taken by
   * hand a moment ago, or recorded by another studio.
   */
  async function recordSteps(taken: Poll): Promise<void> {
    const { show, poll } = taken
    const steps = stepsReached(taken, control.now())
    if (steps.length === 0) return
    const entries = await Array.fromAsync(trailSince(store.polls, show, steps[0]!.at))
    const own = entries.filter((entry) => entry.poll === poll)
    const since = own[0]?.at ?? 0
    for (const { action, at } of steps) {
      if (own.some((entry) => entry.action === action)) continue
      // A time that was past when it was set acts from then on.
      await store.polls.record(show, { at: Math.max(at, since), who: SCHEDULE, action, poll })
    }
  }

  /**
   * Stops admission everywhere. A failed seal leaves it stopped, and the next attempt continues from here; the process that began
   * it may have ended before every role knew.
   */
  async function stopped(poll: Poll, replaces: number): Promise<{ stopping: Poll; replaces: number }> {
    if (poll.sealing !== undefined) {
      const told = await control.inTurn(poll.show, () => control.announce(poll.show, poll))
      await holding()
      if (told === undefined || told.version === poll.version) return { stopping: poll, replaces }
      return { stopping: told, replaces: told.version }
    }
    const stopping = await keep(stopVotes(poll, control.now() + control.leadMs), { replaces })
    await holding()
    return { stopping, replaces: stopping.version }
  }

  /**
   * Records the state that the clock has brought, so that no clock takes it back. Any other change of the poll records it, too.
   */
  async function reached(poll: Poll): Promise<Poll> {
    const next = reachState(poll, control.now())
    if (next === poll) return poll
    try {
      await recordSteps(poll)
      return await keep(next, { replaces: poll.version })
    } catch (cause) {
      if (cause instanceof Faster) return poll
      throw cause
    }
  }

  async function attempt({
    show,
    poll: id,
    who,
    action,
    detail,
    ifMatch,
    act,
    second,
    certify,
  }: PollChange): Promise<Poll> {
    let { known, replaces, isTold } = await newest(show, id)
    // A clock that is ahead would end a poll early, while others still accept its votes.
    if (certify !== undefined || reachState(known, control.now()) !== known) await control.compareClocks(show)
    const now = control.now()
    const become = (poll: Poll) => act(poll, control.now() + control.leadMs)
    // The beginning of a seal is also a version: a caller whose response was lost saw the one before.
    const hasBegun = certify !== undefined && known.sealing !== undefined
    const goesOn = hasBegun && isSeen(ifMatch, { version: known.version - 1 })
    let poll = await asSeen(goesOn ? undefined : ifMatch, 'the poll', known, () => become(known))
    // A change that is in place succeeds without an audit entry: a lost response must not become an error.
    if (poll === known) {
      return isTold ? poll : ((await control.inTurn(show, () => control.announce(show, poll))) ?? poll)
    }
    checkPollChange({ before: known, after: poll, show: directory.get(show).show, sha256 }, now, second)
    await recordSteps(known)
    if (certify !== undefined) {
      const fault = control.clockFault()
      if (fault !== undefined) throw new RoarError('clock_unsure', fault)
      const stop = await stopped(known, replaces)
      replaces = stop.replaces
      poll = become(stop.stopping)
    }
    const asked = detail === undefined ? {} : { detail }
    const entry = action === undefined ? undefined : { at: now, who, action, poll: id, ...asked }
    const certificate = await certify?.(poll)
    if (certificate !== undefined) poll = { ...poll, code: codeOf(certificate) }
    const kept = await keep(poll, { replaces, entry, certificate })
    await holding()
    return reached(kept)
  }

  return (change) =>
    control.inTurn(`${change.show}/${change.poll}`, async () => {
      const poll = await untilKept('the poll', () => attempt(change))
      await change.after?.(poll)
      return poll
    })
}
