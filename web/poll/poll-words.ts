import type { PollDocument, PollState, Receipt, Verdict, VoteEvent } from '../../sdk/src/votes/index.ts'
import type { Language } from '../dom/language.ts'
import type { Key, Say, Words } from '../words/words.ts'
import { DIFFERENCES } from './differences.ts'
import { draftOfReceipt } from './draft.ts'
import type { Recounted } from './recount.ts'

/** A state in the head of the card. */
export const STATE_WORDS: Record<PollState, Key> = {
  draft: 'pollDraft',
  open: 'pollVoteNow',
  closed: 'pollClosed',
  revealed: 'pollRevealed',
  sealed: 'pollSealed',
}

/** How to answer, under the question. */
export function hint({ kind, max }: Pick<PollDocument, 'kind' | 'max'>, left: number, say: Say): string {
  if (kind === 'one') return say('pollPickOne')
  return say(kind === 'several' ? 'pollPickSeveral' : 'pollPoints', { n: left, max })
}

/** This page's viewers are guests. */
export const guestsVote = ({ voters }: Pick<PollDocument, 'voters'>): boolean =>
  voters === 'guests' || voters === undefined

/** Before the title: marks a vote of guests, which is worth less. */
export const tag = (document: Pick<PollDocument, 'voters'>): Key =>
  guestsVote(document) ? 'pollGuests' : 'pollLabel'

/** Why this page cannot vote. */
export const strangers = ({ voters }: Pick<PollDocument, 'voters'>): Key =>
  voters === 'verified' ? 'pollVerified' : 'pollSignedIn'

/** Why there are no counts. */
export function hidden({ visibility, state }: Pick<PollDocument, 'visibility' | 'state'>): Key {
  if (state === 'open' && visibility === 'voted') return 'pollHiddenVoted'
  return state === 'open' && visibility === 'closed' ? 'pollHiddenClosed' : 'pollHiddenLater'
}

/** A choice's count, beside its percents. */
export const countWords = (kind: PollDocument['kind'], count: number, say: Say): string =>
  say(kind === 'points' ? 'choicePoints' : 'choiceVotes', { n: count })

/** Progress of a vote. `waitedMs`: time since the event. */
export function voteWords(event: VoteEvent, waitedMs: number, say: Say): string {
  switch (event.state) {
    case 'sending':
      return say('voteSending')
    case 'waiting': {
      const n = Math.max(1, Math.ceil((event.retryInMs - waitedMs) / 1000))
      return `${say(event.code === 'network' ? 'voteNoAnswer' : 'voteBusy')} ${say('voteWaiting', { n })}`
    }
    case 'counted':
      return say(counted(event.receipt))
    case 'refused':
      return say(refusal(event.error.code))
  }
}

export const counted = ({ late }: Receipt): Key => (late ? 'voteLate' : 'voteIn')

export const refusal = (code: string): Key => REFUSALS[code] ?? 'voteRefused'

const REFUSALS: Record<string, Key> = {
  already_voted: 'voteTwice',
  poll_closed: 'voteTooLate',
  guests_not_allowed: 'voteGuests',
  unauthorized: 'voteUnknown',
  forbidden: 'voteForbidden',
  unknown_poll: 'voteGone',
  too_many_requests: 'voteQuick',
  network: 'voteAway',
}

type Choices = Pick<PollDocument, 'kind' | 'choices'>

/** `Anna`, `Anna and Ben`, `7 for Anna and 3 for Ben`. */
export function answerWords({ kind, choices }: Choices, receipt: Receipt, { say, list }: Words): string {
  const titles = new Map(choices.map(({ choice, title }) => [choice, title]))
  return list(
    Object.entries(draftOfReceipt(receipt)).map(([choice, n]) => {
      const title = titles.get(choice) ?? choice
      return kind === 'points' ? say('answerPoints', { n, choice: title }) : title
    }),
  )
}

export interface VerdictWords {
  tone: 'good' | 'wait' | 'bad'
  title: string
  /** The findings, one sentence each. */
  found: string[]
}

/** What a check has proven and what not, in plain words. */
export function verdictWords(verdict: Verdict, document: Choices, words: Words): VerdictWords {
  const { say } = words
  switch (verdict.state) {
    case 'none':
      return { tone: 'wait', title: say('checkNone'), found: [say('checkNoneFound')] }
    case 'unable':
      return {
        tone: 'wait',
        title: say('checkUnable'),
        found: [say('checkUnableWhy'), say('checkUnableElse')],
      }
    case 'unsealed':
      return {
        tone: 'wait',
        title: say('checkGenuine'),
        found: [
          say('checkSigned', { answer: answerWords(document, verdict.receipt, words) }),
          ...insteadWords(verdict, document, words),
          say('checkUnsealed'),
        ],
      }
    case 'verified':
      return verified(verdict, document, words)
    case 'wrong':
      return {
        tone: 'bad',
        title: say('checkWrong'),
        found: [say(FAULTS[verdict.fault]), say('checkEvidence', { ballot: verdict.receipt.ballot })],
      }
  }
}

const VERIFIED = {
  yes: 'checkVerified',
  replaced: 'checkReplaced',
  late: 'checkLate',
  quarantined: 'checkQuarantined',
} as const

function verified(
  verdict: Extract<Verdict, { state: 'verified' }>,
  document: Choices,
  words: Words,
): VerdictWords {
  const { say } = words
  const { receipt, certificate, counts } = verdict
  const { ballots, viewers, late, quarantined } = certificate.statement
  const after = {
    yes: () => [say('checkCounts', { n: viewers })],
    replaced: () => insteadWords(verdict, document, words),
    late: () => [say('checkLateFound', { n: Math.abs(late.viewers) })],
    quarantined: () => [say('checkQuarantinedFound', { n: Math.abs(quarantined.viewers) })],
  }
  return {
    tone: 'good',
    title: say(VERIFIED[counts]),
    found: [
      say('checkSigned', { answer: answerWords(document, receipt, words) }),
      say('checkBallots', { n: ballots }),
      ...after[counts](),
      say('checkLimits'),
    ],
  }
}

/** Label of the button while it counts: a press aborts. */
export const recountProgress = (counted: number, ballots: number, say: Say, { percent }: Language): string =>
  say('pollStop', { share: percent(Math.floor((100 * Math.min(counted, ballots)) / Math.max(1, ballots))) })

/** What a recount has shown and what not, in plain words. */
export function recountWords(recounted: Recounted, say: Say): VerdictWords {
  switch (recounted.state) {
    case 'same': {
      const { ballots, viewers } = recounted.certificate.statement
      return {
        tone: 'good',
        title: say('recountSame'),
        found: [
          `${say('recountSameBallots', { n: ballots })} ${say('recountSameViewers', { n: viewers })}`,
          say('recountRoot'),
          say('recountLimits'),
        ],
      }
    }
    case 'other':
      return {
        tone: 'bad',
        title: say('recountOther'),
        found: [...recounted.faults.map((fault) => say(DIFFERENCES[fault])), say('recountKeep')],
      }
    case 'none':
      return {
        tone: 'wait',
        title: say('recountNone'),
        found: [say(RECOUNT_REFUSALS[recounted.code] ?? 'checkNothing')],
      }
  }
}

const RECOUNT_REFUSALS: Record<string, Key> = {
  not_sealed: 'recountNotSealed',
  not_published: 'recountNotPublished',
  unable: 'recountUnable',
}

const insteadWords = ({ instead }: { instead?: Receipt }, document: Choices, words: Words): string[] =>
  instead === undefined ? [] : [words.say('checkInstead', { answer: answerWords(document, instead, words) })]

const FAULTS = {
  receipt: 'faultReceipt',
  certificate: 'faultCertificate',
  rules: 'faultRules',
  proof: 'faultProof',
  missing: 'faultMissing',
} as const
