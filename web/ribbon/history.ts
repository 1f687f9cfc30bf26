import type { Highlight } from '../../engine/highlights.ts'
import type { Step } from './moments.ts'

/** History requests start at a multiple of this, so that viewers who come within it share one cached answer. */
const ALIGN_MS = 60_000
/** Timeout of a request. */
const ANSWER_MS = 10_000

export interface HistoryQuestion {
  /** The server's address, without a slash at its end. */
  url: string
  show: string
  /** Start, in server time. */
  from: number
  /** Default: now. */
  to?: number
  /** Step length: whole seconds. */
  stepMs: number
  /** Default: `arrival`, as packets are. `programme`: by what was on the screens of those who tapped. */
  clock?: 'arrival' | 'programme'
  /** The segments that are set against each other. */
  sides: readonly string[]
}

interface ShowTimeline {
  steps: { at: number; counts: Record<string, number> }[]
  highlights: Highlight[]
}

/**
 * The show's steps from `from` or a little before, and its loud moments; oldest first.
 * @throws if the server does not return them
 */
export async function historyOf({
  url,
  show,
  from,
  to,
  stepMs,
  clock,
  sides,
}: HistoryQuestion): Promise<{ steps: Step[]; highlights: Highlight[] }> {
  const query = new URLSearchParams({ from: String(from - (from % ALIGN_MS)), stepMs: String(stepMs) })
  if (clock !== undefined) query.set('clock', clock)
  if (to !== undefined) query.set('to', String(to))
  const ask = async (segment?: string): Promise<ShowTimeline> => {
    const asked = segment === undefined ? query : `${query}&segment=${segment}`
    const response = await fetch(`${url}/v1/shows/${encodeURIComponent(show)}/timeline?${asked}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (!response.ok) throw new Error(`the timeline request failed with status ${response.status}`)
    return (await response.json()) as ShowTimeline
  }
  const [all, ...ofSides] = await Promise.all([ask(), ...sides.map(ask)])
  const bySide = ofSides.map(({ steps }) => new Map(steps.map(({ at, counts }) => [at, sumOf(counts)])))
  const steps = all.steps.map(({ at, counts }) => ({
    at,
    n: sumOf(counts),
    counts,
    sides: Object.fromEntries(sides.map((side, i) => [side, bySide[i]!.get(at) ?? 0])),
  }))
  return { steps, highlights: all.highlights }
}

const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
