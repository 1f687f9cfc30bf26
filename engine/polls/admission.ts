import { RoarError } from '../../protocol/errors.ts'
import { type Poll, rankOf, stateOf, votesEndOf } from '../../protocol/polls.ts'

/**
 * Whether a vote received at `at` is in time, and whether it is late: within the grace after the end, which ends when the counts
 * are revealed. Only the time of receiving decides.
 * @throws RoarError poll_closed
 */
export function admit(poll: Poll, at: number): { late: boolean } {
  const { opens, closes = Number.POSITIVE_INFINITY, sealed, reached = 'draft' } = poll
  // Refused even if it arrived in time: the certificate exists.
  if (sealed !== undefined) throw new RoarError('poll_closed', 'the poll is sealed')
  // The poll was further than its times say at `at`: it cannot have gone back, so the clock has.
  if (rankOf(reached) > rankOf(stateOf({ ...poll, reached: 'draft' }, at)))
    throw new RoarError('clock_unsure', `the poll was already ${reached}, but not by this server's clock`)
  if (opens === undefined || at < opens) throw new RoarError('poll_closed', 'the poll is not open yet')
  if (at >= votesEndOf(poll)) throw new RoarError('poll_closed', 'the poll is closed')
  return { late: at >= closes }
}
