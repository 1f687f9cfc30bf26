import { RoarError } from '../../protocol/errors.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'

/**
 * Whether a vote received at `at` is in time, and whether it is late: within the grace after the end.
 * @throws RoarError poll_closed
 */
export function admit(poll: Poll, at: number): { late: boolean } {
  const state = stateOf({ ...(poll.opens === undefined ? {} : { opens: poll.opens }), ...ends(poll) }, at)
  if (state === 'open') return { late: false }
  if (state === 'draft') throw new RoarError('poll_closed', 'the poll is not open yet')
  if (poll.sealed === undefined && poll.closes !== undefined && at < poll.closes + poll.graceMs)
    return { late: true }
  throw new RoarError('poll_closed', 'the poll is closed')
}

/** Only the times of receiving decide: revealing the counts does not end the grace. */
const ends = ({ closes, sealed }: Poll) => ({
  ...(closes === undefined ? {} : { closes }),
  ...(sealed === undefined ? {} : { sealed }),
})
