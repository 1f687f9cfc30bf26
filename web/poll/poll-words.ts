import type { PollDocument, Receipt, Verdict, VoteEvent } from '../../sdk/src/votes/index.ts'
import type { Language } from '../dom/language.ts'
import { draftOfReceipt } from './draft.ts'
import type { Recounted } from './recount.ts'

/** A state in the head of the card. */
export const STATE_WORDS = {
  draft: 'Not open yet',
  open: 'Vote now',
  closed: 'Voting has closed',
  revealed: 'The result',
  sealed: 'The result, sealed',
} as const

/** How to answer, under the question. */
export function hint({ kind, max }: Pick<PollDocument, 'kind' | 'max'>, left: number): string {
  if (kind === 'one') return 'Pick one.'
  if (kind === 'several') return `Pick up to ${max}: ${left} left.`
  return `${left} of ${max} points left.`
}

/** Whoever has nothing but this page is a guest. */
export const guestsVote = ({ voters }: Pick<PollDocument, 'voters'>): boolean =>
  voters === 'guests' || voters === undefined

/** Before the title: a vote of guests is worth less, and says so. */
export const tag = (document: Pick<PollDocument, 'voters'>): string =>
  guestsVote(document) ? 'Poll for guests' : 'Poll'

/** Why this page cannot vote. */
export const strangers = ({ voters }: Pick<PollDocument, 'voters'>): string =>
  voters === 'verified'
    ? 'Only verified viewers can vote in this poll.'
    : 'Only viewers who are signed in can vote in this poll.'

/** Why there are no counts. */
export function hidden({ visibility, state }: Pick<PollDocument, 'visibility' | 'state'>): string {
  if (state === 'open' && visibility === 'voted') return 'The count shows once you have voted.'
  if (state === 'open' && visibility === 'closed') return 'The count shows when voting closes.'
  return 'The show reveals the count later.'
}

export const viewers = (ballots: number, { number }: Language): string =>
  ballots === 1 ? `${number(1)} has voted` : `${number(ballots)} have voted`

/** What a choice has, beside its percents. */
export function countWords(kind: PollDocument['kind'], count: number, { number }: Language): string {
  const one = kind === 'points' ? 'point' : 'vote'
  return `${number(count)} ${count === 1 ? one : `${one}s`}`
}

/** What becomes of a vote. `waitedMs`: time since the event. */
export function voteWords(event: VoteEvent, waitedMs: number): string {
  switch (event.state) {
    case 'sending':
      return 'Sending your vote…'
    case 'waiting': {
      const seconds = Math.max(1, Math.ceil((event.retryInMs - waitedMs) / 1000))
      const why = event.code === 'network' ? 'No answer from the server.' : 'The server is busy.'
      return `${why} Your vote is safe and will be sent again in ${seconds} s.`
    }
    case 'counted':
      return counted(event.receipt)
    case 'refused':
      return refusal(event.error.code)
  }
}

export const counted = ({ late }: Receipt): string =>
  late ? 'Your vote is in. It came after the close and is marked late.' : 'Your vote is in.'

export const refusal = (code: string): string => REFUSALS[code] ?? 'Your vote was not accepted. Try again.'

const REFUSALS: Record<string, string> = {
  already_voted: 'You have voted already. The first answer counts.',
  poll_closed: 'Too late: voting has closed, and this vote is not in.',
  guests_not_allowed: 'Only signed-in viewers can vote in this show.',
  unauthorized: 'The server does not know you any more. Vote again.',
  forbidden: 'You cannot vote in this show.',
  unknown_poll: 'This poll no longer exists.',
  too_many_requests: 'That was quick. Wait a moment, then vote again.',
  network: 'No answer from the server. Your choice is still here: vote again in a moment.',
}

/** `Anna`, `Anna and Ben`, `7 points for Anna, 3 for Ben`. */
export function answerWords(
  { kind, choices }: Pick<PollDocument, 'kind' | 'choices'>,
  receipt: Receipt,
): string {
  const titles = new Map(choices.map(({ choice, title }) => [choice, title]))
  const parts = Object.entries(draftOfReceipt(receipt)).map(([choice, points]) => {
    const title = titles.get(choice) ?? choice
    return kind === 'points' ? `${points} for ${title}` : title
  })
  return parts.length < 2 || kind === 'points'
    ? parts.join(', ')
    : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** A certificate's code as people compare it, in two halves. */
export const codeWords = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`.toUpperCase()

export interface VerdictWords {
  tone: 'good' | 'wait' | 'bad'
  title: string
  /** What was found, one sentence each. */
  found: string[]
}

/** What a check has proven and what it has not, in plain words. */
export function verdictWords(
  verdict: Verdict,
  document: Pick<PollDocument, 'kind' | 'choices'>,
  language: Language,
): VerdictWords {
  switch (verdict.state) {
    case 'none':
      return {
        tone: 'wait',
        title: 'There is nothing to check',
        found: ['No receipt of yours is known here.'],
      }
    case 'unable':
      return {
        tone: 'wait',
        title: 'This browser cannot check it',
        found: [
          'It lacks the Ed25519 signatures that the check needs, or this page was not loaded over https. Nothing was checked, so nothing is said about your vote.',
          'A newer browser can check it, and so can the command roar verify.',
        ],
      }
    case 'unsealed':
      return {
        tone: 'wait',
        title: 'Your receipt is genuine',
        found: [
          `It is signed, and it says: ${answerWords(document, verdict.receipt)}.`,
          ...insteadWords(verdict, document),
          'The box is not sealed yet. Check again then: only the seal lets you find your ballot in it.',
        ],
      }
    case 'verified':
      return verified(verdict, document, language)
    case 'wrong':
      return {
        tone: 'bad',
        title: 'Something is wrong',
        found: [
          FAULTS[verdict.fault],
          `Keep your receipt, it is your evidence: ballot ${verdict.receipt.ballot}.`,
        ],
      }
  }
}

function verified(
  verdict: Extract<Verdict, { state: 'verified' }>,
  document: Pick<PollDocument, 'kind' | 'choices'>,
  { number }: Language,
): VerdictWords {
  const { receipt, certificate, counts } = verdict
  const { ballots, viewers, late, quarantined } = certificate.statement
  const titles = {
    yes: 'Verified: your vote is in the sealed box',
    replaced: 'Verified, and another vote of yours counts',
    late: 'Verified, and left out of the result as late',
    quarantined: 'Verified, and left out of the result as suspicious',
  }
  const after = {
    yes: [`The certificate is signed too. It counts ${number(viewers)} voters.`],
    replaced: insteadWords(verdict, document),
    late: [`Late ballots are not in this result (${number(Math.abs(late.viewers))} of them).`],
    quarantined: [
      `It came from a network that looked like a machine's, and such ballots are not in this result (${number(Math.abs(quarantined.viewers))} of them).`,
    ],
  }
  return {
    tone: 'good',
    title: titles[counts],
    found: [
      `Your receipt is signed, and it says: ${answerWords(document, receipt)}.`,
      ballots === 1
        ? 'Your ballot is the one ballot in the sealed box.'
        : `Your ballot is one of the ${number(ballots)} in the sealed box: its proof matches the signed certificate.`,
      ...after[counts],
      'All this was computed on your device. It does not prove that the total was added up correctly; a recount of all ballots does.',
    ],
  }
}

export const RECOUNT = 'Recount all'
export const NOTHING_CHECKED =
  'No answer from the server, so nothing could be checked. Try again in a moment.'

/** On the button while it counts: a press ends it. */
export const recountProgress = (counted: number, ballots: number): string =>
  `Stop (${Math.floor((100 * Math.min(counted, ballots)) / Math.max(1, ballots))} % counted)`

/** What a recount has shown and what it has not, in plain words. */
export function recountWords(recounted: Recounted, { number }: Language): VerdictWords {
  switch (recounted.state) {
    case 'same': {
      const { ballots, viewers } = recounted.certificate.statement
      return {
        tone: 'good',
        title: 'Counted again: the result is right',
        found: [
          `Your device has counted all ${number(ballots)} ballots. ${number(viewers)} viewers are in the result, each once, and the sums are those of the certificate.`,
          'Every ballot was hashed, and together they give the root that the certificate holds: none was changed, dropped or added since the seal.',
          'That each voter is a person is not shown by this.',
        ],
      }
    }
    case 'other':
      return {
        tone: 'bad',
        title: 'The recount differs',
        found: [...recounted.faults, 'Keep the certificate and the ballots: they are the evidence.'],
      }
    case 'none':
      return {
        tone: 'wait',
        title: 'Nothing was counted',
        found: [RECOUNT_REFUSALS[recounted.code] ?? NOTHING_CHECKED],
      }
  }
}

const RECOUNT_REFUSALS: Record<string, string> = {
  not_sealed: 'The box is not sealed yet.',
  not_published:
    'The ballots are not public yet: first the key must be deleted by which a voter could be found in them.',
  unable: 'This browser cannot count them. A newer one can, and so can the command roar verify --recount.',
}

const insteadWords = (
  { instead }: { instead?: Receipt },
  document: Pick<PollDocument, 'kind' | 'choices'>,
): string[] =>
  instead === undefined
    ? []
    : [`The server has another answer of yours, and that one counts: ${answerWords(document, instead)}.`]

export const FAULTS = {
  receipt: 'Your receipt is not what the server signed.',
  certificate:
    'The certificate is not signed by the key it names, or it is for another poll, or its numbers contradict each other.',
  rules: 'The question, a choice or a rule that is shown here is not the one that was voted on.',
  proof: 'The proof that the server gave does not match the signed certificate.',
  missing: 'The server signed for your ballot, and it is not in the sealed box.',
} as const
