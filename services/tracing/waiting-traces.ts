import type { TraceContext } from '../../protocol/trace-context.ts'
import { LINKS_MAX, type Span, type Tracing } from './tracing.ts'

/** The traces of work that waits until it is done together with other work: the first so many. */
export class WaitingTraces {
  #contexts: TraceContext[] = []
  #sinceMs: number | undefined

  /** @param now When it began to wait. */
  add(context: TraceContext | undefined, now: number): void {
    if (context === undefined || this.#contexts.length >= LINKS_MAX) return
    this.#sinceMs ??= now
    this.#contexts.push(context)
  }

  /** The span of all that waited, from when the first did. Nothing waits any more. */
  begin(tracing: Tracing, name: string): Span | undefined {
    if (this.#contexts.length === 0) return undefined
    const span = tracing.follow(name, this.#contexts, { sinceMs: this.#sinceMs })
    this.#contexts = []
    this.#sinceMs = undefined
    return span
  }
}
