import { STEP_MS, type Step } from './moments.ts'

/** The history's beginning is a whole one of these, so that all who come within one ask a cache for the same. */
const ALIGN_MS = 60_000

export interface HistoryQuestion {
  /** The server's address, without a slash at its end. */
  url: string
  show: string
  /** Server time from which on it is wanted. */
  from: number
  /** The segments that are set against each other. */
  sides: readonly string[]
}

interface ShowTimeline {
  steps: { at: number; counts: Record<string, number> }[]
}

/** The show's steps from `from` or a little before, oldest first. @throws where the server does not give them */
export async function historyOf({ url, show, from, sides }: HistoryQuestion): Promise<Step[]> {
  const address = `${url}/v1/shows/${encodeURIComponent(show)}/timeline?from=${from - (from % ALIGN_MS)}&stepMs=${STEP_MS}`
  const ask = async (segment?: string): Promise<ShowTimeline['steps']> => {
    const response = await fetch(segment === undefined ? address : `${address}&segment=${segment}`)
    if (!response.ok) throw new Error(`the timeline is answered with ${response.status}`)
    return ((await response.json()) as ShowTimeline).steps
  }
  const [all, ...ofSides] = await Promise.all([ask(), ...sides.map(ask)])
  const bySide = ofSides.map((steps) => new Map(steps.map(({ at, counts }) => [at, sumOf(counts)])))
  return all.map(({ at, counts }) => ({
    at,
    n: sumOf(counts),
    counts,
    sides: Object.fromEntries(sides.map((side, i) => [side, bySide[i]!.get(at) ?? 0])),
  }))
}

const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
