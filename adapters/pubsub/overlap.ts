/** How long messages of the old and the new connection may overlap, in milliseconds. */
const OVERLAP_MS = 2_000

/** Messages remembered in one turn. At the bound the turn ends early, which lets more repeats through. */
const REMEMBERED_MAX = 20_000

/**
 * Recognises messages already received through another connection: after a switch of parents a slower one may send what a faster
 * one has sent before. Only for messages that are no topic's value, because values are compared with the present one. Remembers
 * the messages of the last 2 to 4 s.
 */
export class Overlap {
  #young = new Set<string>()
  #old = new Set<string>()
  #turnedMs = Number.NEGATIVE_INFINITY
  #changedMs = Number.NEGATIVE_INFINITY

  /** From now on messages come through another connection. */
  changed(now: number): void {
    this.#changedMs = now
  }

  /** Whether the message came before, through the previous connection. @param message Equal for equal messages. */
  isRepeated(message: string, now: number): boolean {
    if (now - this.#turnedMs >= OVERLAP_MS || this.#young.size >= REMEMBERED_MAX) {
      this.#old = this.#young
      this.#young = new Set()
      this.#turnedMs = now
    }
    const known = this.#young.has(message) || this.#old.has(message)
    this.#young.add(message)
    return known && now - this.#changedMs < OVERLAP_MS
  }
}
