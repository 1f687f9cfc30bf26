/**
 * The votes of one process that are being taken, by poll: from the moment a vote has its receive time until it is
 * answered. A seal stops admission and then waits here, so that nothing comes between the last vote and the seal.
 *
 * ```
 * enter ─▶ in progress ─▶ leave          after a stop: the last one that leaves wakes who waits for it
 *   └─ stopped: not admitted, and nobody waits for it
 * ```
 */
export class Casts {
  readonly #inProgress = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Within the turn in which the vote's receive time is taken, of a poll that lets votes in. */
  enter(poll: string): void {
    this.#inProgress.set(poll, (this.#inProgress.get(poll) ?? 0) + 1)
  }

  /** The vote is answered, well or not. */
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

  /** Calls back once no vote of the poll is in progress: at once, or when the last one leaves. */
  whenNone(poll: string, wake: () => void): void {
    if (this.#inProgress.has(poll)) this.#waiting.set(poll, [...(this.#waiting.get(poll) ?? []), wake])
    else wake()
  }
}
