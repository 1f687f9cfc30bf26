import type { Clock } from './clock.ts'

interface Waiting {
  dueMs: number
  callback: () => void
}

/** A clock that only moves when a test advances it. */
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

  /** Sets the clock back by `ms`, as when somebody corrects a machine's clock; timers keep their remaining time. */
  setBack(ms: number): void {
    this.#nowMs -= ms
    for (const waiting of this.#waiting) waiting.dueMs -= ms
  }

  /** Lets `ms` pass in which nothing is called back, as in a process that was stopped: what is due by then follows with the next advance. */
  standStill(ms: number): void {
    this.#nowMs += ms
    this.#passedMs += ms
  }

  /** Advances by `ms` and calls back everything that becomes due, in order, each at its own time. */
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
