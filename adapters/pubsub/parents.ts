/** When to try which of several addresses. Pure: time and chance are arguments. */
export interface Attempt {
  /** Index of the address. */
  parent: number
  delayMs: number
}

const RETRY_BASE_MS = 500
/** Short, because these clients are a cluster's own servers, not its viewers. */
const RETRY_MAX_MS = 5_000
/** A connection that lasted this long counts as good. */
const STEADY_MS = 30_000
/** While at another address, how long until the first is tried, and again and again. */
const CLIMB_MS = 10_000

/**
 * The order in which a link tries its addresses. After a loss it goes to the next one, with full jitter: after 0 to 0.5 s, then
 * up to twice as long in each round, at most 5 s; a connection that lasted 30 s resets this. While it is not at the first
 * address, that one is tried every 10 to 20 s.
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

  /** The address in use, or being tried. */
  get parent(): number {
    return this.#parent
  }

  /** A connection is up. Returns the delay until the first address should be tried; undefined: it is the first. */
  up(parent: number, now: number): number | undefined {
    this.#parent = parent
    this.#upSinceMs = now
    return this.climb()
  }

  /** The delay until the first address should be tried again. */
  climb(): number | undefined {
    return this.#parent === 0 ? undefined : CLIMB_MS * (1 + this.#random())
  }

  /** A connection was lost, or failed. */
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
