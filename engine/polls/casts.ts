/**
 * The votes that this process is handling, by poll: from the moment a vote has its receive time until it is
 * answered. A seal stops admission and then waits here, so that nothing comes between the last vote and the seal.
 *
 * ```
 * enter ─▶ in progress ─▶ leave          after a stop: the last one to leave wakes the waiting seal
 *   └─ stopped: not admitted, and nobody waits for it
 * ```
 */
export class Casts {
  readonly #inProgress = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Call it in the same turn in which the vote gets its receive time, for a poll that accepts votes. */
  enter(poll: string): void {
    this.#inProgress.set(poll, (this.#inProgress.get(poll) ?? 0) + 1)
  }

  /** The vote is answered, successfully or not. */
  leave(poll: string): void {
    const left = this.#inProgress.get(poll)! - 1
    if (left > 0) {
      this.#inProgress.set(poll, left)
      return
    }
    this.#inProgress.delete(poll)
    for (const wake of this.#waiting.get(poll) ?? []) wake()
    this.#waiting.delete(poll)
  }

  /** Calls back once no vote of the poll is in progress: immediately, or when the last one leaves. */
  whenNone(poll: string, wake: () => void): void {
    if (this.#inProgress.has(poll)) this.#waiting.set(poll, [...(this.#waiting.get(poll) ?? []), wake])
    else wake()
  }
}
