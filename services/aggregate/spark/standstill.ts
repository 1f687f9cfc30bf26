/** How long a query may stay at one batch before it is reported, in milliseconds: some ten times what a batch takes. */
export const STANDSTILL_MS = 10_000

/** Notices a running query that makes no progress: Spark waits silently for Kafka, or for its checkpoint. */
export class Standstill {
  readonly #seen = new Map<string, { batch: number; sinceMs: number }>()

  /**
   * @param query Its state now, and the newest batch that it has finished.
   * @param passedMs The time that has passed, in milliseconds: a clock may be set meanwhile.
   * @returns whether it has been at the same batch, at every check, for `STANDSTILL_MS`
   */
  see(name: string, query: { isAtWork: boolean; batch: number }, passedMs: number): boolean {
    const seen = this.#seen.get(name)
    if (!query.isAtWork || seen?.batch !== query.batch) {
      this.#seen.set(name, { batch: query.batch, sinceMs: passedMs })
      return false
    }
    return passedMs - seen.sinceMs >= STANDSTILL_MS
  }
}
