import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'

/**
 * Whether a vote received at `at` is in time, and whether it is late: within the grace after the end. Only the time of
 * receiving decides: revealing the counts does not end the grace.
 * @throws RoarError poll_closed
 */
export function admit(poll: Poll, at: number): { late: boolean } {
  const { opens, closes = Number.POSITIVE_INFINITY, graceMs, sealed } = poll
  // Received in time or not: the certificate is made.
  if (sealed !== undefined) throw new RoarError('poll_closed', 'the poll is sealed')
  if (opens === undefined || at < opens) throw new RoarError('poll_closed', 'the poll is not open yet')
  if (at >= closes + graceMs) throw new RoarError('poll_closed', 'the poll is closed')
  return { late: at >= closes }
}
