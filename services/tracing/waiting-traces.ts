import type { TraceContext } from '../../protocol/trace-context.ts'
import { LINKS_MAX, type Span, type Tracing } from './tracing.ts'

/** The traces of work that waits to be done in a batch: a limited number, the first ones. */
export class WaitingTraces {
  #contexts: TraceContext[] = []
  #sinceMs: number | undefined

  /** @param now When it began to wait. */
  add(context: TraceContext | undefined, now: number): void {
    if (context === undefined || this.#contexts.length >= LINKS_MAX) return
    this.#sinceMs ??= now
    this.#contexts.push(context)
  }

  /** Starts one span for everything that waited, from the time of the first, and clears the list. */
  begin(tracing: Tracing, name: string): Span | undefined {
    if (this.#contexts.length === 0) return undefined
    const span = tracing.follow(name, this.#contexts, { sinceMs: this.#sinceMs })
    this.#contexts = []
    this.#sinceMs = undefined
    return span
  }
}
