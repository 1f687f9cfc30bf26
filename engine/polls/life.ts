import { RoarError } from '../../protocol/errors.ts'
import {
  type Choice,
  type Poll,
  type PollChanges,
  type PollRules,
  type PollState,
  rankOf,
  stateOf,
  votesEndOf,
} from '../../protocol/polls.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { withChanges } from '../with-changes.ts'

/** What may still be changed in each state. What a ballot was checked against never changes afterwards. */
const CHANGEABLE: Record<PollState, readonly (keyof PollRules)[]> = {
  draft: [
    'question',
    'choices',
    'kind',
    'max',
    'change',
    'visibility',
    'opens',
    'closes',
    'reveals',
    'seals',
    'graceMs',
    'countLate',
    'countQuarantined',
    'answer',
    'voters',
    'publish',
  ],
  open: ['visibility', 'closes', 'reveals', 'seals', 'graceMs', 'countLate', 'countQuarantined', 'answer'],
  closed: ['visibility', 'reveals', 'seals', 'countLate', 'countQuarantined', 'answer'],
  revealed: ['seals', 'countLate', 'countQuarantined'],
  sealed: [],
}

/** What ballots are checked against. */
const FIXED = CHANGEABLE.draft.filter((field) => !CHANGEABLE.open.includes(field))

/** @throws RoarError bad_poll */
export function createPoll(show: string, poll: string, rules: PollRules, now: number): Poll {
  return inFuture(distinct(checked({ show, poll, ...rules, version: 1 })), now)
}

/** @throws RoarError wrong_state for what can no longer be changed, bad_poll */
export function changePoll(poll: Poll, changes: PollChanges, now: number): Poll {
  const changed = withChanges(poll, changes)
  if (sortedJson(changed) === sortedJson(poll)) return poll
  const state = stateOf(poll, now)
  for (const field of Object.keys(changes) as (keyof PollRules)[]) {
    if (!CHANGEABLE[state].includes(field)) {
      throw new RoarError('wrong_state', `${field} cannot be changed: the poll is ${state}`)
    }
  }
  const next = checked({ ...changed, version: nextVersion(poll) })
  // A poll of an older release may have such choices: what else can be changed of it still can.
  if (changes.choices !== undefined) distinct(next)
  // It ends the grace: votes that came since would be from after the end, and they have receipts.
  if (changes.reveals !== undefined && next.reveals !== undefined && next.reveals < now)
    throw bad('reveals is in the past')
  return changes.closes === undefined ? next : inFuture(next, now)
}

/** A poll that is over when it is created is a mistake, such as seconds for milliseconds, and would use up its id. */
function inFuture(poll: Poll, now: number): Poll {
  if (poll.closes !== undefined && poll.closes < now) throw bad('closes is in the past')
  return poll
}

/*
 * The steps of a poll's life. Each returns the same poll if it is in that state already: repeating a call changes nothing. So does
 * one that the poll is past, such as closing what its schedule has revealed since: whoever repeats it for a lost answer has got
 * what they wanted. Only opening is refused then, as such a poll is open to nobody.
 */

/**
 * @param forMs It closes automatically after this time. Default: as its schedule says. @throws RoarError wrong_state, bad_poll
 */
export function openPoll(poll: Poll, now: number, forMs?: number): Poll {
  if (stateOf(poll, now) === 'open') return poll
  const closes = forMs === undefined ? {} : { closes: now + forMs }
  return checked({ ...from(poll, ['draft'], 'opened', now), opens: now, ...closes })
}

/** @throws RoarError wrong_state */
export function closePoll(poll: Poll, now: number): Poll {
  if (isPast(poll, now, 'closed')) return poll
  // A poll opened within the same millisecond was open for that millisecond.
  return { ...from(poll, ['open'], 'closed', now), closes: Math.max(now, poll.opens! + 1) }
}

/** @throws RoarError wrong_state */
export const revealPoll = (poll: Poll, now: number): Poll =>
  isPast(poll, now, 'revealed') ? poll : { ...from(poll, ['closed'], 'revealed', now), revealed: now }

/**
 * The first half of a seal: no vote is accepted from `now` on. @throws RoarError wrong_state, also while late votes are still
 * accepted
 */
export function stopVotes(poll: Poll, now: number): Poll {
  const closed = from(poll, ['closed', 'revealed'], 'sealed', now)
  const end = votesEndOf(poll)
  if (now < end) throw new RoarError('wrong_state', `late votes are accepted until ${end}`)
  return { ...closed, sealing: poll.sealing ?? now }
}

/** A sealed poll is also revealed. @throws RoarError wrong_state, also while late votes are still accepted */
export function sealPoll(poll: Poll, now: number): Poll {
  if (poll.sealed !== undefined) return poll
  const revealed = Math.min(poll.revealed ?? poll.reveals ?? now, now)
  return { ...stopVotes(poll, now), revealed, sealed: now }
}

/** Records the state that the clock has brought, so that a clock that is behind cannot take it back. */
export function reachState(poll: Poll, now: number): Poll {
  const reached = stateOf(poll, now)
  return reached === (poll.reached ?? 'draft') ? poll : { ...poll, reached, version: poll.version + 1 }
}

/**
 * A poll whose change every role knew only at `knownMs`, maybe later than it was dated. By what was known `before`, votes were
 * accepted until then, and receipts given: so that is their end, and what they were checked against holds. Its version stays, as
 * whoever reads both makes the same of them.
 * @param options.sinceMs When the log took the poll's first version. What is dated before that is a copy of another log, whose times
 * are gone.
 */
export function knownLate(
  poll: Poll,
  before: Poll,
  { sinceMs, knownMs }: { sinceMs: number; knownMs: number },
): Poll {
  const { opens = Number.POSITIVE_INFINITY } = before
  if (opens >= knownMs || poll.sealed !== undefined) return poll
  const asked = Object.fromEntries(FIXED.map((field) => [field, before[field]]))
  const next = ended(opens > sinceMs ? withChanges(poll, asked) : poll, before, { sinceMs, knownMs })
  return sortedJson(next) === sortedJson(poll) ? poll : next
}

function ended(poll: Poll, before: Poll, { sinceMs, knownMs }: { sinceMs: number; knownMs: number }): Poll {
  const { closes = sinceMs, revealed } = poll
  if (closes <= sinceMs) return poll
  const next = { ...poll, closes: Math.max(closes, Math.min(before.closes ?? knownMs, knownMs)) }
  const votesEnd = Math.min(votesEndOf(before), knownMs)
  if (revealed !== undefined) next.revealed = Math.max(revealed, votesEnd)
  if (next.reveals !== undefined) next.reveals = Math.max(next.reveals, next.closes, votesEnd)
  if (next.seals !== undefined) next.seals = Math.max(next.seals, next.closes)
  return next
}

/** The same poll, as a version of its own. */
export const asNewVersion = (poll: Poll): Poll => ({ ...poll, version: nextVersion(poll) })

/** A step of a poll's life that nobody has to take. */
export interface ClocksStep {
  action: 'open' | 'close' | 'reveal'
  at: number
}

/** The steps that led from the recorded state to today's, in their order. A seal is one that somebody takes, and reveals. */
export function stepsReached(poll: Poll, now: number): ClocksStep[] {
  const { opens, closes, reveals, revealed = reveals, sealed, reached = 'draft' } = poll
  if (sealed !== undefined) return []
  const steps = [
    { state: 'open', action: 'open', at: opens },
    { state: 'closed', action: 'close', at: closes },
    { state: 'revealed', action: 'reveal', at: revealed },
  ] as const
  const [from, to] = [rankOf(reached), rankOf(stateOf(poll, now))]
  return steps
    .filter(({ state }) => rankOf(state) > from && rankOf(state) <= to)
    .map(({ action, at = now }) => ({ action, at }))
}

/** @throws RoarError wrong_state */
export const forgetVoters = (poll: Poll, now: number): Poll =>
  poll.forgotten === undefined ? { ...from(poll, ['sealed'], 'forgotten', now), forgotten: now } : poll

/** Whether the poll is in this state, or has been. */
const isPast = (poll: Poll, now: number, state: PollState): boolean =>
  rankOf(stateOf(poll, now)) >= rankOf(state)

const NAMES: Record<PollState, string> = {
  draft: 'a draft',
  open: 'an open poll',
  closed: 'a closed poll',
  revealed: 'a revealed poll',
  sealed: 'a sealed poll',
}

function from(poll: Poll, states: PollState[], done: string, now: number): Poll {
  const state = stateOf(poll, now)
  if (!states.includes(state)) {
    throw new RoarError('wrong_state', `${NAMES[state]} cannot be ${done}`)
  }
  return { ...poll, version: nextVersion(poll) }
}

/**
 * A decision about a poll whose seal has begun skips a version: so the version right before it is never another person's
 * decision, but the one from which the seal began.
 */
const nextVersion = ({ version, sealing }: Poll): number => version + (sealing === undefined ? 1 : 2)

/** Checks fields against each other. */
function checked(poll: Poll): Poll {
  const ids = poll.choices.map(({ choice }) => choice)
  if (new Set(ids).size < ids.length) throw bad('two choices have one id')
  if (poll.kind === 'one' && poll.max !== 1) throw bad('max is 1 where the kind is one')
  if (poll.kind === 'several' && poll.max > ids.length) throw bad('max is more than there are choices')
  if (poll.opens !== undefined && poll.closes !== undefined && poll.closes <= poll.opens) {
    throw bad('closes is not after opens')
  }
  if (poll.opens === undefined && poll.closes !== undefined) throw bad('closes needs opens')
  for (const step of ['reveals', 'seals'] as const) {
    if (poll[step] === undefined) continue
    if (poll.closes === undefined) throw bad(`${step} needs closes`)
    if (poll[step] < poll.closes) throw bad(`${step} is before closes`)
  }
  if (new Set(poll.answer).size < (poll.answer ?? []).length) throw bad('the answer has a choice twice')
  for (const choice of poll.answer ?? [])
    if (!ids.includes(choice)) throw bad(`the answer ${choice} is not a choice`)
  return poll
}

/** Viewers can tell its choices apart. */
function distinct(poll: Poll): Poll {
  if (new Set(poll.choices.map(asDrawn)).size < poll.choices.length) throw bad('two choices look the same')
  return poll
}

/** Invisible characters, except those within an emoji: the flags of England and Scotland differ only in tags. */
const INVISIBLE = /(\p{RGI_Emoji})|\p{Default_Ignorable_Code_Point}/gv

/**
 * What viewers distinguish choices by: titles that differ only in invisible characters or in how an accent is encoded are the
 * same.
 */
const asDrawn = ({ title, image = '' }: Choice): string =>
  `${title
    .normalize('NFC')
    .replaceAll(INVISIBLE, (_, emoji?: string) => emoji?.replaceAll('\ufe0f', '') ?? '')
    .replaceAll(/\s+/gu, ' ')
    .trim()} ${image}`

const bad = (why: string) => new RoarError('bad_poll', why)

/** Whether the counts are visible at `now`; `mine`: whether the viewer has voted. */
export function countsAreSeen(poll: Poll, now: number, { mine }: { mine: boolean }): boolean {
  const state = stateOf(poll, now)
  if (state === 'draft') return false
  if (state === 'revealed' || state === 'sealed' || poll.visibility === 'live') return true
  if (state === 'closed') return poll.visibility === 'closed' || poll.visibility === 'voted'
  return poll.visibility === 'voted' && mine
}
