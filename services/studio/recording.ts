import type { Result } from '../../engine/polls/tally.ts'
import { HISTORY_STEP_MS, type HistoryCount } from '../../protocol/counts.ts'
import {
  type PollLine,
  RECORDED_COUNT_MAX,
  RECORDING_MS_MAX,
  RECORDING_VERSION,
  type RecordingLine,
  type TapsLine,
  type VotesLine,
} from '../../protocol/recording.ts'
import { filedAs } from '../../protocol/runs.ts'
import type { Span } from '../shows/history.ts'
import type { StudioContext } from './context.ts'

const HOUR_MS = 3_600_000
/** How much history is read and held at once. */
const AT_ONCE_MS = 300_000

/**
 * What viewers did in a show, as lines of a recording, in chunks: from the first tap or the first poll within the span, for at
 * most a day. It has what the export has, without the trail: counts, and no names.
 * @throws RoarError store_unavailable
 */
export async function* recordingLines(
  { store, directory, desk }: Pick<StudioContext, 'store' | 'directory' | 'desk'>,
  name: string,
  { from, to }: Span,
): AsyncGenerator<RecordingLine[]> {
  const { show } = directory.get(name)
  const read = (range: { from: number; to: number; stepMs: number }) =>
    store.history(filedAs(show), { ...range, bySegment: true })
  const polls = directory
    .polls(name)
    .map(({ poll }) => poll)
    .filter(({ opens = to }) => opens >= from && opens < to)
  const [hour] = await read({ from: from - (from % HISTORY_STEP_MS), to, stepMs: HOUR_MS })
  const firstHour = Math.max(from - (from % HISTORY_STEP_MS), hour?.at ?? to)
  const [step] = await read({
    from: firstHour,
    to: Math.min(to, firstHour + HOUR_MS),
    stepMs: HISTORY_STEP_MS,
  })
  const zero = Math.min(step?.at ?? to, ...polls.map(({ opens }) => opens!))
  const end = Math.min(to, zero + RECORDING_MS_MAX)
  yield [{ line: 'recording', version: RECORDING_VERSION, title: show.title }]
  for (const poll of polls) {
    const { opens, closes = end, question, choices, kind, max } = poll
    const times = { at: opens! - zero, closes: Math.min(closes, end) - zero }
    if (times.closes <= times.at) continue
    const line: PollLine = { line: 'poll', ...times, poll: poll.poll, question, choices, kind, max }
    yield [line, ...votesOf(poll.poll, desk.tally(name, poll.poll).result(poll))]
  }
  for (let start = zero; start < end; start += AT_ONCE_MS) {
    const range = { from: start, to: Math.min(end, start + AT_ONCE_MS), stepMs: HISTORY_STEP_MS }
    yield (await read(range)).flatMap((count) => tapsLines(count, zero))
  }
}

const tapsLines = ({ at, segment, sticker, count }: HistoryCount, zero: number): TapsLine[] =>
  inLines(count).map((count) => ({
    ...{ line: 'taps', at: at - zero, ms: HISTORY_STEP_MS, segment, sticker, count },
  }))

/** Lines of one count: more voters than there are people. */
const LINES_MAX = 2_000

/**
 * A count as those of lines, which add up: one line has a bound, so that a replay can read it. A count that is no crowd's, which
 * anybody may have written into the log, stays one line, which a replay refuses.
 */
function inLines(count: number): number[] {
  if (count > LINES_MAX * RECORDED_COUNT_MAX) return [count]
  const lines: number[] = []
  for (let left = count; left > 0; left -= RECORDED_COUNT_MAX) lines.push(Math.min(left, RECORDED_COUNT_MAX))
  return lines
}

/** The result by segment; viewers of none are the remainder of the total. */
function votesOf(poll: string, { counts, segments }: Result): VotesLine[] {
  const none = { ...counts }
  const lines: VotesLine[] = []
  const add = (segment: string, counted: Record<string, number>) => {
    for (const [choice, all] of Object.entries(counted))
      for (const count of inLines(all)) lines.push({ line: 'votes', poll, segment, choice, count })
  }
  for (const [segment, part] of Object.entries(segments)) {
    if (segment === '') continue
    add(segment, part.counts)
    for (const [choice, count] of Object.entries(part.counts)) none[choice] = (none[choice] ?? 0) - count
  }
  add('', none)
  return lines
}
