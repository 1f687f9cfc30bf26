/** How long a query may be at one batch until it is said, in milliseconds: some ten times what a batch takes. */
export const STANDSTILL_MS = 10_000

/** Notices a query that runs and gets no further: Spark waits for Kafka, or for its checkpoint, without a word. */
export class Standstill {
  readonly #seen = new Map<string, { batch: number; sinceMs: number }>()

  /**
   * @param query Its state at `nowMs`, and the newest batch that it has finished.
   * @returns whether it has been at the same batch, at each look, for `STANDSTILL_MS`
   */
  see(name: string, query: { isAtWork: boolean; batch: number }, nowMs: number): boolean {
    const seen = this.#seen.get(name)
    if (!query.isAtWork || seen?.batch !== query.batch) {
      this.#seen.set(name, { batch: query.batch, sinceMs: nowMs })
      return false
    }
    return nowMs - seen.sinceMs >= STANDSTILL_MS
  }
}
