import { RoarError } from '../../protocol/errors.ts'
import { filedAs } from '../../protocol/runs.ts'
import { DAY_MS } from '../http/call/schemas.ts'
import { type Span, type SpanQuery, spanOf } from '../shows/history.ts'
import type { StudioContext } from './context.ts'

/** One row of an export; fields that its kind lacks are empty. */
export interface ExportRow {
  kind: 'mood' | 'result' | 'trail'
  at: number
  /** Empty: for mood, viewers without a segment; for a result, everybody. */
  segment: string
  sticker: string
  poll: string
  choice: string
  /** Reactions, or viewers or points for the choice; for an audit entry its number. */
  count: number
  who: string
  action: string
  /** What a producer requested, as JSON. */
  detail: string
}

const DAYS_MAX = 31
/** Steps, and entries, read and held at once. */
const STEPS_AT_ONCE = 300
const ENTRIES_AT_ONCE = 500
const EMPTY = { segment: '', sticker: '', poll: '', choice: '', count: 0, who: '', action: '', detail: '' }

/** The span of an export, with its defaults. @throws RoarError bad_request */
export function exportSpanOf(query: SpanQuery, now: number): Span {
  const span = spanOf(query, { now, defaultMs: DAY_MS })
  if (span.to - span.from > DAYS_MAX * DAY_MS)
    throw new RoarError('bad_request', `\`from\` is more than ${DAYS_MAX} days before \`to\``)
  return span
}

/**
 * What happened in a show, in chunks of rows: the mood by step, segment and sticker, oldest first; the present results of its
 * polls; its audit trail, newest first. The next chunk is read once this one is consumed. @throws RoarError store_unavailable
 */
export async function* exportRows(
  { store, directory, desk, clock }: Pick<StudioContext, 'store' | 'directory' | 'desk' | 'clock'>,
  show: string,
  { from, to, stepMs }: Span,
): AsyncGenerator<ExportRow[]> {
  const filed = filedAs(directory.get(show).show)
  const atOnceMs = STEPS_AT_ONCE * stepMs
  for (let start = from; start < to; ) {
    // Chunks end at multiples of a step: otherwise one step would be in two of them.
    const end = Math.min(to, start - (start % stepMs) + atOnceMs)
    const counts = await store.history(filed, { from: start, to: end, stepMs, bySegment: true })
    yield counts.map((count) => ({ kind: 'mood', ...EMPTY, ...count }))
    start = end
  }
  for (const { poll } of directory.polls(show)) {
    const { counts, segments } = desk.tally(show, poll.poll).result(poll)
    const result = { ...EMPTY, kind: 'result' as const, at: clock.now(), poll: poll.poll }
    const rowsOf = (segment: string, counts: Record<string, number>): ExportRow[] =>
      Object.entries(counts).map(([choice, count]) => ({ ...result, segment, choice, count }))
    yield [
      ...rowsOf('', counts),
      ...Object.entries(segments).flatMap(([segment, part]) => rowsOf(segment, part.counts)),
    ]
  }
  for (let before: number | undefined; before !== 1; ) {
    const entries = await store.polls.trail(show, { before, limit: ENTRIES_AT_ONCE })
    yield entries.map(({ entry, at, who, action, poll, detail }) => {
      const asked = detail === undefined ? '' : JSON.stringify(detail)
      return { kind: 'trail', ...EMPTY, at, count: entry, who, action, poll, detail: asked }
    })
    before = entries.at(-1)?.entry ?? 1
  }
}
