/** When which of several addresses is tried. Pure: time and chance are arguments. */
export interface Attempt {
  /** Which of the addresses. */
  parent: number
  delayMs: number
}

const RETRY_BASE_MS = 500
/** Short, as those who connect so are the servers of one cluster and not its viewers. */
const RETRY_MAX_MS = 5_000
/** A connection that lasted so long was a good one. */
const STEADY_MS = 30_000
/** How long to stay with another one before the first is asked whether it is back, and then again and again. */
const CLIMB_MS = 10_000

/**
 * The order in which a link goes to its addresses. After a loss it goes to the next one, with full jitter: after 0 to 0.5 s,
 * then up to twice as long each time round, at most 5 s; a connection that lasted 30 s starts over. While it is not with the
 * first address, that one is asked every 10 to 20 s.
 */
export class Parents {
  readonly #count: number
  readonly #random: () => number
  #parent = 0
  #attempts = 0
  #upSinceMs: number | undefined

  constructor({ count, random }: { count: number; random: () => number }) {
    this.#count = count
    this.#random = random
  }

  /** The one that the link is with, or tries. */
  get parent(): number {
    return this.#parent
  }

  /** A connection is there. Returns after how long the first address is to be asked; undefined: it is with that one. */
  up(parent: number, now: number): number | undefined {
    this.#parent = parent
    this.#upSinceMs = now
    return this.climb()
  }

  /** The first address did not answer, or is still to be asked. */
  climb(): number | undefined {
    return this.#parent === 0 ? undefined : CLIMB_MS * (1 + this.#random())
  }

  /** A connection was lost, or did not come about. */
  down(now: number): Attempt {
    if (this.#upSinceMs !== undefined && now - this.#upSinceMs >= STEADY_MS) this.#attempts = 0
    this.#upSinceMs = undefined
    const round = Math.floor(this.#attempts++ / this.#count)
    this.#parent = (this.#parent + 1) % this.#count
    return {
      parent: this.#parent,
      delayMs: this.#random() * Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** round),
    }
  }
}
