import { RoarError } from '../../protocol/errors.ts'
import { type Poll, votesEndOf } from '../../protocol/polls.ts'

/**
 * Whether a vote received at `at` is in time, and whether it is late: within the grace after the end, which ends when
 * the counts are revealed. Only the time of receiving decides.
 * @throws RoarError poll_closed
 */
export function admit(poll: Poll, at: number): { late: boolean } {
  const { opens, closes = Number.POSITIVE_INFINITY, sealed } = poll
  // Received in time or not: the certificate is made.
  if (sealed !== undefined) throw new RoarError('poll_closed', 'the poll is sealed')
  if (opens === undefined || at < opens) throw new RoarError('poll_closed', 'the poll is not open yet')
  if (at >= votesEndOf(poll)) throw new RoarError('poll_closed', 'the poll is closed')
  return { late: at >= closes }
}
