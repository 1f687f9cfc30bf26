/** Partitions that are a reader's until the group changes or a fetch fails, and the handler that is called then. */
export class Assignment {
  over = false
  /** How often the group had shared out its partitions to us when it began. */
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

  /** Resolves when it is over. */
  ended(): Promise<void> {
    if (this.over) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  /**
   * What `work` resolves to, or undefined where this is over before. It lasts for hours, and `Promise.race` with a promise of
   * its end would keep whatever was fetched until then.
   */
  orEnd<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.over) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const end = () => resolve(undefined)
      this.#waiting.add(end)
      work.then(resolve, reject).finally(() => this.#waiting.delete(end))
    })
  }

  /** Resolves after so many milliseconds, or when it is over. */
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
