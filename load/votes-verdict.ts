/** Whether every vote with a receipt was counted once, and nothing else was. Pure: observations in, sentences out. */
import { ownOf } from '../protocol/ids.ts'
import type { Certificate, PollDocument, Receipt } from '../protocol/polls.ts'
import { whole, wholes } from './verdict.ts'

/** Outcome of one viewer's voting. */
export interface Ending {
  choice: string
  /** If absent, `mayCount` says whether the ballot can be in the log all the same. */
  receipt?: Receipt
  mayCount: boolean
}

export interface VotesEvidence {
  endings: Ending[]
  /** After the reveal. */
  document: Pick<PollDocument, 'ballots' | 'counts'>
  certificate: Certificate
  /** Faults already found in single answers, receipts and proofs. */
  found: string[]
}

export interface VotesVerdict {
  ok: boolean
  faults: string[]
  notes: string[]
}

interface Range {
  least: number
  most: number
}

/** Faults of a kind that are listed; the rest are counted. */
const TOLD_MAX = 5

export function votesVerdict({ endings, document, certificate, found }: VotesEvidence): VotesVerdict {
  const { viewers, result, ballots } = certificate.statement
  const expected = expectedOf(endings)
  const faults = [
    ...rangeFault('ballots in the poll', document.ballots, expected.all),
    ...choiceFaults('the poll', document.counts ?? {}, expected.byChoice),
    ...rangeFault('viewers in the certificate', viewers, expected.all),
    ...choiceFaults('the certificate', result, expected.byChoice),
    ...shorten(receiptFaults(endings)),
    ...shorten(found),
  ]
  if (document.ballots !== viewers)
    faults.push(`The poll says ${wholes(document.ballots, 'viewer')}, its certificate ${whole(viewers)}.`)
  if (ballots < viewers)
    faults.push(`The certificate has ${wholes(viewers, 'viewer')} and only ${wholes(ballots, 'ballot')}.`)
  const { least, most } = expected.all
  const open = most > least && viewers >= least && viewers <= most
  const notes = open
    ? [
        `${wholes(most - least, 'vote')} without a receipt may have arrived; counted: ${whole(viewers - least)}.`,
      ]
    : []
  return { ok: faults.length === 0, faults, notes }
}

function expectedOf(endings: Ending[]): { all: Range; byChoice: Map<string, Range> } {
  const all = { least: 0, most: 0 }
  const byChoice = new Map<string, Range>()
  for (const { choice, receipt, mayCount } of endings) {
    const range = byChoice.get(choice) ?? { least: 0, most: 0 }
    byChoice.set(choice, range)
    const least = receipt === undefined ? 0 : 1
    const most = receipt !== undefined || mayCount ? 1 : 0
    range.least += least
    range.most += most
    all.least += least
    all.most += most
  }
  return { all, byChoice }
}

function rangeFault(what: string, counted: number, { least, most }: Range): string[] {
  if (counted < least)
    return [
      `Lost ${whole(least - counted)} of ${wholes(least, 'vote')} with a receipt: ${whole(counted)} ${what}.`,
    ]
  if (counted > most)
    return [
      `Counted ${whole(counted - most)} more than the ${wholes(most, 'viewer')} that can have voted: ${whole(counted)} ${what}.`,
    ]
  return []
}

function choiceFaults(where: string, counts: Record<string, number>, expected: Map<string, Range>): string[] {
  const wrong: string[] = []
  for (const choice of new Set([...Object.keys(counts), ...expected.keys()])) {
    const counted = ownOf(counts, choice) ?? 0
    const { least, most } = expected.get(choice) ?? { least: 0, most: 0 }
    if (counted < least) wrong.push(`${choice} ${whole(least - counted)} too few`)
    if (counted > most) wrong.push(`${choice} ${whole(counted - most)} too many`)
  }
  return wrong.length === 0 ? [] : [`Choices in ${where} are not what the receipts say: ${wrong.join(', ')}.`]
}

/** Each receipt has its viewer's choice, and no two share a ballot, a voter or a position. */
function receiptFaults(endings: Ending[]): string[] {
  const faults: string[] = []
  const [ballots, voters, places] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { choice, receipt } of endings) {
    if (receipt === undefined) continue
    const { ballot, voter, answer, place } = receipt
    if (answer.choice.length !== 1 || answer.choice[0] !== choice)
      faults.push(
        `The receipt of ballot ${ballot} says ${answer.choice.join(', ')}, and the viewer chose ${choice}.`,
      )
    if (ballots.has(ballot)) faults.push(`Two viewers have a receipt for ballot ${ballot}.`)
    if (voters.has(voter)) faults.push(`Two viewers are one voter in their receipts: ${voter}.`)
    const at = `${place.partition}/${place.offset}`
    if (places.has(at)) faults.push(`Two receipts name one place in the log: ${at}.`)
    ballots.add(ballot)
    voters.add(voter)
    places.add(at)
  }
  return faults
}

const shorten = (faults: string[]): string[] =>
  faults.length <= TOLD_MAX
    ? faults
    : [...faults.slice(0, TOLD_MAX), `And ${whole(faults.length - TOLD_MAX)} more like these.`]
