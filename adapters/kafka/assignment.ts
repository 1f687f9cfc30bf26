/** The partitions assigned to a reader until the group rebalances or a fetch fails. */
export class Assignment {
  over = false
  /** The number of assignments so far, when this one began. */
  readonly joins: number
  readonly #waiting = new Set<() => void>()

  constructor(joins: number) {
    this.joins = joins
  }

  end(): void {
    this.over = true
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  /** Resolves when the assignment ends. */
  ended(): Promise<void> {
    if (this.over) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  /**
   * Resolves with the result of `work`, or with undefined if the assignment ends first. An assignment lasts for hours;
   * `Promise.race` with a promise of its end would retain everything that was fetched until then.
   */
  orEnd<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.over) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const end = () => resolve(undefined)
      this.#waiting.add(end)
      work.then(resolve, reject).finally(() => this.#waiting.delete(end))
    })
  }

  /** Resolves after this many milliseconds, or when the assignment ends. */
  pause(ms: number): Promise<void> {
    if (this.over) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#waiting.add(wake)
    })
  }
}
