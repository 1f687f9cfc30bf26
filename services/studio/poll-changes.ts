import type { Clock } from '../../adapters/clock/clock.ts'
import type { AuditEntry, PollStore } from '../../adapters/store/polls.ts'
import type { Certificate, Poll } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Control } from './control.ts'

/** One thing that is done to a poll, by a producer or by its schedule. */
export interface PollChange {
  show: string
  poll: string
  who: string
  /** The verb, in the audit trail. */
  action: string
  /** What is asked for, where the verb does not say it all. */
  detail?: unknown
  /** Says what becomes of the poll at a time. Throws what it can not become. */
  act: (poll: Poll, at: number) => Poll
  /** Is done before anybody hears of it. */
  before?: ((poll: Poll) => Promise<Certificate | undefined>) | undefined
}

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
  async function keep(poll: Poll, entry: AuditEntry, certificate?: Certificate): Promise<void> {
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

  return ({ show, poll: id, who, action, detail, act, before }) =>
    control.inTurn(`${show}/${id}`, async () => {
      const now = clock.now()
      const poll = act(directory.poll(show, id).poll, now + control.leadMs)
      const certificate = before && (await before(poll))
      const asked = detail === undefined ? {} : { detail }
      await keep(poll, { at: now, who, action, poll: id, ...asked }, certificate)
      await new Promise<void>((resolve) => clock.after(control.leadMs, resolve))
      return poll
    })
}
