import type { TraceContext } from '../../protocol/trace-context.ts'
import { LINKS_MAX } from '../tracing/tracing.ts'

/** The traces of cells whose packet is still to come, by show: of each the first so many. */
export class PacketTraces {
  readonly #waiting = new Map<string, Set<TraceContext>>()

  add(show: string, context: TraceContext): void {
    const waiting = this.#waiting.get(show) ?? new Set()
    if (waiting.size < LINKS_MAX) this.#waiting.set(show, waiting.add(context))
  }

  /** All of a show: a packet has whatever came before it, also of a window that is not over. They wait no more. */
  take(show: string): Iterable<TraceContext> {
    const waiting = this.#waiting.get(show) ?? []
    this.#waiting.delete(show)
    return waiting
  }
}
