import { PLACE_WORDS, type Suspect, suspectWords } from '../protocol/cohorts.ts'
import { ownOf } from '../protocol/ids.ts'
import { plural } from '../protocol/plural.ts'
import type { Poll, PollState } from '../protocol/polls.ts'
import { tableOf } from './table.ts'
import { clock, inTime } from './time-text.ts'

/** A poll as the studio's API returns it. */
export type StudioPoll = Poll & { state: PollState }

interface Result {
  ballots: number
  counts: Record<string, number>
}
export type TalliedPoll = StudioPoll & {
  tally?: { late: number; quarantined: number; withQuarantined: Result; withoutQuarantined: Result }
}

const number = (value: number): string => value.toLocaleString('en')
const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`

/** Every poll of a show, one a line. @param now Milliseconds since 1970. */
export const pollsText = (polls: StudioPoll[], now: number): string =>
  polls.length === 0
    ? 'The show has no polls: roar poll create makes one.\n'
    : tableOf([
        ['poll', 'state', 'when', 'question'],
        ...polls.map((poll) => [poll.poll, poll.state, whenOf(poll, now) || '-', poll.question]),
      ])

/** One poll as text. @param now Milliseconds since 1970; undefined: leaves out what depends on it. */
export function pollText(poll: TalliedPoll, now: number | undefined): string {
  const when = now === undefined ? '' : whenOf(poll, now)
  const head = `${poll.show}/${poll.poll}  ${poll.state}${when && `, ${when}`}\n${poll.question}\n\n`
  return head + (poll.tally === undefined ? choices(poll) : counts(poll, poll.tally))
}

/** Where quarantined ballots came from: a line for each place, and one for each sign. */
export function cohortsText(cohorts: Suspect[]): string {
  if (cohorts.length === 0) return 'No ballot of it went to quarantine.\n'
  const rows = cohorts.flatMap((cohort) => {
    const { cohort: name, kind, ballots, quarantined } = cohort
    const [first = '', ...rest] = suspectWords(cohort)
    const place = [name, PLACE_WORDS[kind], number(ballots), number(quarantined), first]
    return [place, ...rest.map((words) => ['', '', '', '', words])]
  })
  return tableOf([['cohort', 'is', 'ballots', 'in quarantine', 'why'], ...rows])
}

const choices = (poll: Poll): string =>
  tableOf([['choice', 'title'], ...poll.choices.map(({ choice, title }) => [choice, title])])

function counts(poll: Poll, tally: NonNullable<TalliedPoll['tally']>): string {
  const result = poll.countQuarantined ? tally.withQuarantined : tally.withoutQuarantined
  const sum = Object.values(result.counts).reduce((all, each) => all + each, 0)
  const rows = poll.choices.map(({ choice, title }) => {
    const count = ownOf(result.counts, choice) ?? 0
    const isRight = poll.answer?.includes(choice) === true
    return [choice, title + (isRight ? ' (right)' : ''), number(count), percent(count, sum)]
  })
  const head = ['choice', 'title', poll.kind === 'points' ? 'points' : 'votes', 'share']
  const notes = [`${plural(result.ballots, 'viewer', number(result.ballots))} voted`]
  if (tally.late > 0) notes.push(`${number(tally.late)} of them late`)
  if (tally.quarantined > 0) {
    const counted = poll.countQuarantined ? 'counted' : 'not counted'
    notes.push(`${number(tally.quarantined)} in quarantine, ${counted}`)
  }
  return `${tableOf([head, ...rows])}\n${notes.join('; ')}\n`
}

/** What happens to it next, and when; for a sealed one, its certificate's code. */
function whenOf({ state, opens, closes, code }: StudioPoll, now: number): string {
  if (state === 'draft')
    return opens === undefined ? 'until it is opened' : `opens ${inTime(opens - now)} (${clock(opens)})`
  if (state === 'open')
    return closes === undefined ? 'until it is closed' : `closes ${inTime(closes - now)} (${clock(closes)})`
  return state === 'sealed' && code !== undefined ? `certificate ${code}` : ''
}
