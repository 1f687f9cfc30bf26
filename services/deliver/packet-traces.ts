import type { TraceContext } from '../../protocol/trace-context.ts'
import { LINKS_MAX } from '../tracing/tracing.ts'

/** Traces of cells whose packet is not published yet, by show: a bounded number for each, the first ones. */
export class PacketTraces {
  readonly #waiting = new Map<string, Set<TraceContext>>()

  add(show: string, context: TraceContext): void {
    const waiting = this.#waiting.get(show) ?? new Set()
    if (waiting.size < LINKS_MAX) this.#waiting.set(show, waiting.add(context))
  }

  /** Takes all traces of a show: its packet covers all cells so far, also of an open window. */
  take(show: string): Iterable<TraceContext> {
    const waiting = this.#waiting.get(show) ?? []
    this.#waiting.delete(show)
    return waiting
  }
}
