import type { DecisionRequest } from '../../protocol/decisions.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'
import { type Show, takesTwo } from '../../protocol/show.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { changePoll, sealPoll } from './life.ts'
import type { Sha256 } from './merkle.ts'
import { hashOf } from './receipts.ts'

/**
 * How long a request can be approved, in milliseconds: short enough that the requester is still there, and the poll unchanged.
 */
export const REQUEST_MS = 15 * 60_000

/** Who approves a request. */
export interface Second {
  request: DecisionRequest
  /** The person. */
  by: string
}

/**
 * The hash of what a requester saw of the poll. It excludes that the seal has begun (if the certificate could not be made, the
 * approval still holds and the seal can be repeated) and what a clock has changed.
 */
export function seenOf(sha256: Sha256, poll: Poll): string {
  const { version: _, sealing: __, reached: ___, ...seen } = poll
  return hashOf(sha256, sortedJson(seen))
}

/** The change that a request makes to a poll. */
export const actOf =
  ({ action, changes = {} }: Pick<DecisionRequest, 'action' | 'changes'>) =>
  (poll: Poll, at: number): Poll =>
    action === 'seal' ? sealPoll(poll, at) : changePoll(poll, changes, at)

/**
 * Checks a change of a poll against the show's two-person rule by its effect, whichever call makes it: a seal, and, once there
 * may be votes, any change of which votes count or which answer is right.
 * @throws RoarError approval_needed, forbidden, stale, wrong_state
 */
export function checkPollChange(
  { before, after, show, sha256 }: { before: Poll; after: Poll; show: Pick<Show, 'rules'>; sha256: Sha256 },
  now: number,
  second: Second | undefined,
): void {
  if (!takesTwo(show) || !decidesResult(before, after, now)) return
  checkSecond(now, second)
  const { show: of, poll, seen } = second!.request
  if (of !== before.show || poll !== before.poll)
    throw new RoarError('forbidden', 'the request is for another poll')
  if (seen !== seenOf(sha256, before))
    throw new RoarError('stale', 'the poll has changed since this was requested: request it again')
}

/** The same for a show: going from two people to one takes two. @throws RoarError approval_needed, forbidden, wrong_state */
export function checkShowChange(
  { before, after }: { before: Show; after: Show },
  now: number,
  second: Second | undefined,
): void {
  if (!takesTwo(before) || takesTwo(after)) return
  checkSecond(now, second)
  const { show, action } = second!.request
  if (show !== before.show || action !== 'one-approval')
    throw new RoarError('forbidden', 'the request is for something else')
}

function checkSecond(now: number, second: Second | undefined): void {
  if (second === undefined)
    throw new RoarError(
      'approval_needed',
      'this needs two people: request it, and let somebody else approve it',
    )
  const { by, expires, decided } = second.request
  if (by.person === second.by) throw new RoarError('forbidden', 'you cannot approve your own request')
  if (decided?.approved === false) throw new RoarError('wrong_state', 'the request was declined')
  // A request approved in time stays valid: what failed at once may be repeated later.
  if ((decided?.at ?? now) >= expires)
    throw new RoarError('wrong_state', 'the request has expired: request it again')
}

function decidesResult(before: Poll, after: Poll, now: number): boolean {
  if (before.sealed === undefined && after.sealed !== undefined) return true
  if (stateOf(before, now) === 'draft') return false
  return (
    before.countLate !== after.countLate ||
    before.countQuarantined !== after.countQuarantined ||
    JSON.stringify(before.answer) !== JSON.stringify(after.answer)
  )
}
