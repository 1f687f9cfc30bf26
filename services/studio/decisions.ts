import { randomUUID } from 'node:crypto'
import { mayCall } from '../../engine/people/roles.ts'
import { actOf, REQUEST_MS, seenOf } from '../../engine/polls/two-people.ts'
import { changeShow } from '../../engine/shows/life.ts'
import type { Decider, DecisionRequest } from '../../protocol/decisions.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { takesTwo } from '../../protocol/show.ts'
import type { Member } from '../identity/member.ts'
import { sha256 } from '../sha256.ts'
import type { StudioContext } from './context.ts'
import { newestShow } from './newest-show.ts'
import { checkKept, untilKept } from './races.ts'

type Context = Pick<
  StudioContext,
  'store' | 'directory' | 'clock' | 'control' | 'change' | 'changeShow' | 'certify'
>
export type Asked = Pick<DecisionRequest, 'show' | 'poll' | 'action' | 'changes' | 'reason'>

const waits = ({ decided, expires }: DecisionRequest, now: number): boolean =>
  decided === undefined && now < expires

/**
 * Only somebody who is signed in counts as a person: the holder of the token secret can claim any name, and a key belongs to its
 * creator.
 * @throws RoarError forbidden
 */
function deciderOf({ signedIn, name, who }: Member): Decider {
  if (signedIn === undefined)
    throw new RoarError('forbidden', 'this needs a person who is signed in to the studio, not a token or key')
  return { person: signedIn.person, name, who }
}

/** A show's requests that wait for a second person, or were approved and could not be carried out, the newest first. */
export async function waitingRequests(
  { store, directory, clock }: Context,
  show: string,
): Promise<DecisionRequest[]> {
  const now = clock.now()
  /** The poll is unchanged since the approval. */
  const isUndone = ({ decided, poll, seen }: DecisionRequest): boolean => {
    const known = directory.findPoll(show, poll)?.poll
    return decided?.approved === true && known !== undefined && seenOf(sha256, known) === seen
  }
  const requests = await store.polls.requests(show)
  return requests.filter((each) => waits(each, now) || isUndone(each)).sort((a, b) => b.at - a.at)
}

/**
 * Requests a decision. It replaces one that waits for the same poll, unless it is equal: then that one is returned, whoever made
 * it.
 * @throws RoarError forbidden, wrong_state for what is impossible, in place already, or needs no second person, and what the
 * change itself throws
 */
export async function ask(
  { store, directory, clock, control }: Context,
  caller: Member,
  asked: Asked,
): Promise<DecisionRequest> {
  const by = deciderOf(caller)
  const { show, poll, action, changes } = asked
  return control.inTurn(`${show}/${poll} requests`, () =>
    untilKept('the request', async () => {
      const now = clock.now()
      if (!takesTwo(directory.get(show).show))
        throw new RoarError('wrong_state', 'in this show one person decides, so no request is needed')
      const known = poll === '' ? undefined : directory.poll(show, poll).poll
      if (known !== undefined && actOf(asked)(known, now) === known)
        throw new RoarError('wrong_state', 'this change is already made')
      const version = known?.version ?? 0
      const seen = known === undefined ? '' : seenOf(sha256, known)
      const before = (await store.polls.requests(show)).find((each) => each.poll === poll)
      const isSame =
        before !== undefined &&
        waits(before, now) &&
        before.seen === seen &&
        Bun.deepEquals([before.action, before.changes], [action, changes])
      if (isSame) return before
      const request: DecisionRequest = {
        ...{ request: randomUUID(), ...asked, by, at: now, expires: now + REQUEST_MS, version, seen },
      }
      const { reason } = asked
      const detail = { request: request.request, action, ...(changes && { changes }), reason }
      const entry = { at: now, who: by.who, action: 'ask', poll, detail }
      checkKept(await store.polls.saveRequest(request, { replaces: before, entry }))
      return request
    }),
  )
}

async function found({ store }: Context, show: string, id: string): Promise<DecisionRequest> {
  const request = (await store.polls.requests(show)).find((each) => each.request === id)
  if (request === undefined) throw new RoarError('not_found', 'there is no such request any more')
  return request
}

/**
 * Withdraws a request. Whoever may request may do so, including the requester. @throws RoarError not_found, wrong_state once it
 * was approved
 */
export async function decline(
  context: Context,
  caller: Member,
  show: string,
  id: string,
): Promise<DecisionRequest> {
  const request = await found(context, show, id)
  const at = context.clock.now()
  const { person = '' } = caller.signedIn ?? {}
  const declined = {
    ...request,
    decided: { approved: false, by: { person, name: caller.name, who: caller.who }, at },
  }
  const entry = { at, who: caller.who, action: 'decline', poll: request.poll, detail: { request: id } }
  if (await context.store.polls.decideRequest(declined, entry)) return declined
  const known = await found(context, show, id)
  if (known.decided?.approved) throw new RoarError('wrong_state', 'the request was already approved')
  return known
}

/**
 * Approves a request and carries it out, once. If that fails it can be repeated by approving again, by anybody.
 * @throws RoarError not_found, forbidden for the requester and for callers who are no person of the studio, stale if the poll has
 * changed since,
 *   wrong_state for one that has expired or was declined, and what the change itself throws
 */
export async function approve(
  context: Context,
  caller: Member,
  show: string,
  id: string,
): Promise<DecisionRequest> {
  const { store, clock } = context
  const by = deciderOf(caller)
  const request = await found(context, show, id)
  if (request.by.person === by.person) throw new RoarError('forbidden', 'you cannot approve your own request')
  const asker = await store.people.person(request.by.person)
  if (asker === undefined || !mayCall(asker.roles, 'producer', show))
    throw new RoarError('forbidden', 'whoever requested it may no longer decide in this show')
  const at = clock.now()
  if (request.decided === undefined && at >= request.expires)
    throw new RoarError('wrong_state', 'the request has expired: request it again')
  const approved = { ...request, decided: { approved: true, by, at } }
  const entry = { at, who: by.who, action: 'approve', poll: request.poll, detail: { request: id } }
  const isFirst = await store.polls.decideRequest(approved, entry)
  const { decided } = isFirst ? approved : await found(context, show, id)
  if (decided?.approved !== true) throw new RoarError('wrong_state', 'the request was declined')
  await act(context, { ...request, decided }, decided.by, isFirst)
  return { ...request, decided }
}

/** Carries out an approved request. The checks in the changes enforce two people and the version, whoever calls. */
async function act(
  { store, directory, change, changeShow: changeTheShow, certify }: Context,
  request: DecisionRequest,
  by: Decider,
  isFirst: boolean,
): Promise<Poll | undefined> {
  const { show, poll, action, changes, reason } = request
  const detail = { ...changes, askedBy: request.by.who, reason }
  const second = { request, by: by.person }
  if (action !== 'one-approval')
    return change({
      ...{ show, poll, who: by.who, action, detail, act: actOf(request), second },
      ...(action === 'seal' && { certify }),
    })
  // A show has no version to compare: each poll that opens makes a newer one.
  if (isFirst)
    await changeTheShow({
      ...{ show, who: by.who, action: 'change-show', detail: { rules: { approvals: 1 }, ...detail }, second },
      act: async (known, now) =>
        changeShow(known, { rules: { approvals: 1 } }, { packs: await store.packs(), now }),
    })
  else if (takesTwo((await newestShow({ store, directory }, show)).show))
    throw new RoarError(
      'wrong_state',
      'it was approved, but results need two people again: repeat the request',
    )
  return undefined
}
