import type { TraceContext } from '../../protocol/trace-context.ts'
import { LINKS_MAX } from '../tracing/tracing.ts'

interface Waiting {
  context: TraceContext
  /** The start of the window whose packet has the cell. */
  windowMs: number
}

/** The traces of cells whose packet is still to come, by show: of each the first so many. */
export class PacketTraces {
  readonly #waiting = new Map<string, Waiting[]>()

  add(show: string, windowMs: number, context: TraceContext): void {
    const waiting = this.#waiting.get(show) ?? []
    const isKnown = waiting.some((known) => known.context === context && known.windowMs === windowMs)
    if (isKnown || waiting.length >= LINKS_MAX) return
    waiting.push({ context, windowMs })
    this.#waiting.set(show, waiting)
  }

  /** Those of windows that began before `endMs`: they wait no more. */
  take(show: string, endMs: number): TraceContext[] {
    const waiting = this.#waiting.get(show)
    if (waiting === undefined) return []
    const { due = [], later = [] } = Object.groupBy(waiting, ({ windowMs }) =>
      windowMs < endMs ? 'due' : 'later',
    )
    if (later.length === 0) this.#waiting.delete(show)
    else this.#waiting.set(show, later)
    return due.map(({ context }) => context)
  }
}
