import { HISTORY_STEP_MS } from '../protocol/counts.ts'
import { ownOf } from '../protocol/ids.ts'

/** One step of a show's mood. */
export interface MoodStep {
  /** Its start, a multiple of the step's length. */
  at: number
  counts: Record<string, number>
}

/** A moment at which the crowd grew loud. */
export interface Highlight {
  /** The start of its first step. */
  at: number
  /** The ratio of reactions to just before, to one decimal; silence counts as one reaction. */
  lift: number
  /** The sticker that grew most. */
  sticker: string
}

/** Steps before and after a moment that are compared: a crowd's response fades within a few. */
export const BANDWIDTH = 3
/** In standard deviations of the noise: chance exceeds it less than once in a million steps. */
const SCORE_MIN = 5
/** In a large crowd even small changes are significant, but nobody would call them a highlight. */
const LIFT_MIN = 2
const HIGHLIGHTS_MAX = 50

/**
 * The moments at which a crowd grew loud, oldest first; at most the 50 strongest.
 *
 * They are change points by moving sums (MOSUM; Eichinger and Kirch, Bernoulli 24(1), 2018). Counts are transformed to a scale
 * with equal noise at every height (Anscombe 1948: `2 √(n + 3/8)`, on which Poisson noise is 1). A step's score is the mean of
 * the three steps from it on minus the mean of the three before, in standard deviations. The noise is estimated from the
 * differences of neighbours (their median, which highlights do not move), at least 1. A step is a highlight where its score is a
 * local maximum of 5 or more and there are twice as many reactions as before; of its three steps it begins at the one that rose
 * most.
 *
 * @param steps Oldest first; steps without reactions may be absent.
 * @param stepMs The length of a step, in milliseconds; default `HISTORY_STEP_MS`.
 */
export function highlightsOf(steps: readonly MoodStep[], stepMs = HISTORY_STEP_MS): Highlight[] {
  const runs = runsOf(steps, stepMs)
  const noise = noiseOf(runs)
  const found = runs.flatMap((run) => changesIn(run, { stepMs, noise }))
  const strongest = found.sort((a, b) => b.score - a.score).slice(0, HIGHLIGHTS_MAX)
  return strongest.sort((a, b) => a.at - b.at).map(({ score: _, ...highlight }) => highlight)
}

/** Consecutive steps, padded with the silence that a score needs. Long silences are not iterated. */
interface Run {
  from: number
  counts: Record<string, number>[]
  /** The sums over all stickers, on the scale of equal noise. */
  levels: number[]
}

function runsOf(steps: readonly MoodStep[], stepMs: number): Run[] {
  const runs: Run[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const { at, counts } of steps) {
    let run = runs.at(-1)
    const gap = (at - end) / stepMs
    if (run === undefined || gap > 2 * BANDWIDTH) {
      // Nothing is known before the first step: it must not be taken for silence.
      const before = run === undefined ? 0 : BANDWIDTH
      if (run !== undefined) extend(run, BANDWIDTH)
      run = { from: at - before * stepMs, counts: [], levels: [] }
      runs.push(run)
      extend(run, before)
    } else extend(run, gap)
    run.counts.push(counts)
    run.levels.push(levelOf(counts))
    end = at + stepMs
  }
  return runs
}

function extend({ counts, levels }: Run, silent: number): void {
  for (let i = 0; i < silent; i++) {
    counts.push({})
    levels.push(levelOf({}))
  }
}

/** The sum over all stickers. */
export const sumOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

const levelOf = (counts: Record<string, number>): number => 2 * Math.sqrt(sumOf(counts) + 3 / 8)

/** The standard deviation of one level: the median of absolute differences is 0.6745 √2 times it. */
function noiseOf(runs: Run[]): number {
  const differences = runs.flatMap(({ levels }) =>
    levels.slice(1).map((level, i) => Math.abs(level - levels[i]!)),
  )
  const median = differences.sort((a, b) => a - b)[differences.length >> 1] ?? 0
  return Math.max(1, median / (0.6745 * Math.SQRT2))
}

function changesIn(
  { from, counts, levels }: Run,
  { stepMs, noise }: { stepMs: number; noise: number },
): (Highlight & { score: number })[] {
  const deviation = noise * Math.sqrt(2 / BANDWIDTH)
  const mean = (start: number) =>
    levels.slice(start, start + BANDWIDTH).reduce((sum, level) => sum + level, 0) / BANDWIDTH
  const scores = levels.map((_, i) =>
    i < BANDWIDTH || i + BANDWIDTH > levels.length ? 0 : (mean(i) - mean(i - BANDWIDTH)) / deviation,
  )
  const rise = (i: number) => levels[i]! - levels[i - 1]!
  return scores.flatMap((score, i) => {
    if (score < SCORE_MIN) return []
    const around = scores.slice(i - BANDWIDTH + 1, i + BANDWIDTH)
    // Of equal scores the first one wins.
    if (around.indexOf(Math.max(...around)) !== BANDWIDTH - 1) return []
    const before = added(counts.slice(i - BANDWIDTH, i))
    const after = added(counts.slice(i, i + BANDWIDTH))
    const lift = sumOf(after) / Math.max(1, sumOf(before))
    if (lift < LIFT_MIN) return []
    const growth = ([sticker, count]: [string, number]) => count - (ownOf(before, sticker) ?? 0)
    const [[sticker]] = Object.entries(after).sort((a, b) => growth(b) - growth(a)) as [[string, number]]
    // Around a single loud step three scores differ by chance alone: the moment begins where it rose most.
    const start = [i, i + 1, i + 2].reduce((a, b) => (rise(b) > rise(a) ? b : a))
    return [{ at: from + start * stepMs, lift: Math.round(lift * 10) / 10, sticker, score }]
  })
}

function added(counts: Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const each of counts)
    for (const [sticker, count] of Object.entries(each)) sums[sticker] = (ownOf(sums, sticker) ?? 0) + count
  return sums
}
