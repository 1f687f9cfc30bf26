import type { Clock } from './clock.ts'

interface Waiting {
  dueMs: number
  callback: () => void
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs: number
  #passedMs = 0
  #waiting: Waiting[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  passedMs(): number {
    return this.#passedMs
  }

  offMs(): number {
    return 0
  }

  after(ms: number, callback: () => void): () => void {
    const waiting = { dueMs: this.#nowMs + ms, callback }
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
    }
  }

  /** Sets the hands back by `ms`, as somebody sets a machine's clock right; what waits is due as long from now as before. */
  setBack(ms: number): void {
    this.#nowMs -= ms
    for (const waiting of this.#waiting) waiting.dueMs -= ms
  }

  /** Moves on by `ms` and calls back everything that falls due on the way, in order, each at its own time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    const passedMs = this.#passedMs + ms
    for (;;) {
      const next = this.#waiting.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#passedMs += Math.max(0, next.dueMs - this.#nowMs)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.callback()
    }
    this.#nowMs = endMs
    this.#passedMs = passedMs
  }
}
