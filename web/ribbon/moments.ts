import { type Highlight, highlightsOf } from '../../engine/highlights.ts'
import { ownOf } from '../../protocol/ids.ts'
import type { MoodPacket } from '../../sdk/src/index.ts'

/** Step length in milliseconds: the resolution of a highlight's place; a phone keeps 600 steps for 20 minutes. */
export const STEP_MS = 2000

/** The crowd's reactions in one step. */
export interface Step {
  /** Its start, a multiple of `STEP_MS`. */
  at: number
  n: number
  counts: Record<string, number>
  /** Reactions by the segments that are set against each other. */
  sides: Record<string, number>
}

/**
 * The mood of the last minutes, from the server's history and the packets since. Packets count at once; what is before a boundary
 * is replaced by the history, so that each instant is counted by exactly one of them. A total that does not follow from the one
 * before says that packets were missed: the boundary then moves to the next step.
 */
export class Moments {
  readonly #spanMs: number
  /** Oldest first; steps without reactions are absent. */
  #steps: Step[] = []
  /** Cached for the current steps; undefined: they have changed. */
  #highlights: Highlight[] | undefined
  #packetsFrom = 0
  /** The newest packet's total. */
  #total: number | undefined

  /** @param options.spanMs How far back steps are kept. */
  constructor({ spanMs }: { spanMs: number }) {
    this.#spanMs = spanMs
  }

  get steps(): readonly Step[] {
    return this.#steps
  }

  /** The boundary: packets are complete from this step on. */
  get packetsFrom(): number {
    return this.#packetsFrom
  }

  /** Replaces the steps before `before` by the history. */
  load(history: readonly Step[], before: number): void {
    this.#highlights = undefined
    this.#steps = [
      ...history.filter(({ at }) => at < before),
      ...this.#steps.filter(({ at }) => at >= before),
    ]
  }

  /**
   * Adds a packet; each once, in order.
   * @returns Whether it is counted for good; otherwise the history, which has yet to be loaded, counts it.
   */
  add({ at, n, total, top, sides = [] }: Pick<MoodPacket, 'at' | 'n' | 'total' | 'top' | 'sides'>): boolean {
    const isNext = total - n === this.#total
    this.#total = total
    if (!isNext) this.#packetsFrom = stepOf(at) + STEP_MS
    if (n === 0) return isNext
    this.#highlights = undefined
    const stepAt = stepOf(at)
    let step = this.#steps.at(-1)
    if (step === undefined || step.at < stepAt) {
      step = { at: stepAt, n: 0, counts: {}, sides: {} }
      this.#steps.push(step)
      const oldest = stepAt - this.#spanMs
      while (this.#steps[0]!.at < oldest) this.#steps.shift()
    }
    step.n += n
    for (const [sticker, count] of top) step.counts[sticker] = (ownOf(step.counts, sticker) ?? 0) + count
    for (const [segment, count] of sides) step.sides[segment] = (ownOf(step.sides, segment) ?? 0) + count
    return at >= this.#packetsFrom
  }

  /** @returns The steps in [`from`, `to`), oldest first. */
  between(from: number, to: number): Step[] {
    return this.#steps.filter(({ at }) => at >= from && at < to)
  }

  /** The moments at which the crowd grew loud, oldest first. */
  highlights(): readonly Highlight[] {
    this.#highlights ??= highlightsOf(this.#steps, STEP_MS)
    return this.#highlights
  }
}

/** The start of the step that a time is in. */
export const stepOf = (at: number): number => at - (at % STEP_MS)

/** One bar of the line: the sum of the steps in it. */
export interface Bar {
  at: number
  n: number
  sides: Record<string, number>
}

/**
 * The steps in bars of equal length up to now, oldest first, silence included. Their boundaries are multiples of `barMs`, so that
 * a bar keeps its content while it moves along.
 * @param options.barMs A multiple of `STEP_MS`. @param options.to The newest bar ends at the first boundary after it.
 */
export const barsOf = (
  steps: readonly Step[],
  { to, count, barMs }: { to: number; count: number; barMs: number },
): Bar[] => barsFrom(steps, { first: to - (to % barMs) - (count - 1) * barMs, count, barMs })

/** `count` bars from `first` on, silence included; steps outside are left out. */
export function barsFrom(
  steps: readonly Step[],
  { first, count, barMs }: { first: number; count: number; barMs: number },
): Bar[] {
  const bars = Array.from({ length: count }, (_, i): Bar => ({ at: first + i * barMs, n: 0, sides: {} }))
  for (const { at, n, sides } of steps) {
    const bar = bars[Math.floor((at - first) / barMs)]
    if (bar === undefined) continue
    bar.n += n
    for (const [segment, count] of Object.entries(sides))
      bar.sides[segment] = (ownOf(bar.sides, segment) ?? 0) + count
  }
  return bars
}
