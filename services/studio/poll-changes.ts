import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { reachState, stopVotes } from '../../engine/polls/life.ts'
import { checkPollChange, type Second } from '../../engine/polls/two-people.ts'
import { type Certificate, certificateText, type Poll, shortCodeOf } from '../../protocol/polls.ts'
import type { AuditEntry } from '../../protocol/trail.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { sha256 } from '../polls/signing-keys.ts'
import type { Control } from './control.ts'

/** One thing that is done to a poll, by a producer or by its schedule. */
export interface PollChange {
  show: string
  poll: string
  who: string
  /** The verb, in the audit trail; absent for what nobody decided. */
  action?: string
  /** What is asked for, where the verb does not say it all. */
  detail?: unknown
  /** Says what becomes of the poll at a time: the same poll where it is so already. Throws what it cannot become. */
  act: (poll: Poll, at: number) => Poll
  /** Who approves it, where the show's results take two people. */
  second?: Second | undefined
  /** Is done once it is in the trail, and again where somebody asks for it again. Harmless again. */
  after?: ((poll: Poll) => Promise<void>) | undefined
  /** Of a seal: makes the certificate, once every role has heard that no vote is let in any more. */
  certify?: ((poll: Poll) => Promise<Certificate>) | undefined
}

const codeOf = ({ statement }: Certificate): string => shortCodeOf(sha256(certificateText(statement)))

/**
 * Changes polls, each one change at a time. A change holds from the first millisecond at which every role has heard of it,
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
  /** Writes what became of a poll, and tells everybody. */
  async function keep(poll: Poll, entry?: AuditEntry, certificate?: Certificate): Promise<void> {
    // Before anything is awaited: votes that this process takes while it is written must go by the new times already.
    const unhear = directory.hear(poll)
    await control.inTurn(poll.show, async () => {
      try {
        await store.polls.save(poll, entry, certificate)
      } catch (cause) {
        unhear()
        throw cause
      }
      await control.announce(poll.show, poll)
    })
  }

  /** Resolves when what was kept holds everywhere. */
  const holding = () => new Promise<void>((resolve) => clock.after(control.leadMs, resolve))

  /** Stops admission everywhere. A seal that did not go well leaves it so: the next one goes on from here. */
  async function stopped(poll: Poll): Promise<Poll> {
    if (poll.sealing !== undefined) return poll
    const stopping = stopVotes(poll, clock.now() + control.leadMs)
    await keep(stopping)
    await holding()
    return stopping
  }

  return ({ show, poll: id, who, action, detail, act, second, after, certify }) =>
    control.inTurn(`${show}/${id}`, async () => {
      const now = clock.now()
      const known = directory.poll(show, id).poll
      const become = (poll: Poll) => act(poll, clock.now() + control.leadMs)
      let poll = become(known)
      // What is so already is answered again, and is no entry: a lost answer must not become an error.
      if (poll !== known) {
        checkPollChange({ before: known, after: poll, show: directory.get(show).show }, now, second)
        if (certify !== undefined) poll = become(await stopped(known))
        const asked = detail === undefined ? {} : { detail }
        const entry = action === undefined ? undefined : { at: now, who, action, poll: id, ...asked }
        const certificate = await certify?.(poll)
        if (certificate !== undefined) poll = { ...poll, code: codeOf(certificate) }
        await keep(poll, entry, certificate)
        await holding()
        // Kept once it is so, and not before: from here on no clock makes less of it.
        const reached = reachState(poll, clock.now())
        if (reached !== poll) await keep(reached)
        poll = reached
      }
      await after?.(poll)
      return poll
    })
}
